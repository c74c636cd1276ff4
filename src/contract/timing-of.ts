/** Every time-out, beat, slice and window that acts and looks go by, in milliseconds. */
export interface Timing {
  /** An act whose worker has been silent for so long is given to another worker. */
  heartbeatMs: number;
  /** How often an act beats. */
  beatMs: number;
  /** How long the SDK may hold a beat back. */
  throttleMs: number;
  /** How often a process looks whether it has stood still. */
  tickMs: number;
  /** A process that stood still for less cannot have been replaced. */
  pauseMs: number;
  /** An act that Temporal has said nothing about for so long may have been given to another worker: it asks before it sends, */
  unheardMs: number;
  /** and waits so long for the answer. */
  askMs: number;
  /** For one request to OVH, from its signature to the end of the answer. */
  requestMs: number;
  /** What a worker had asked OVH for when it died may be under way for so long after its death is noticed, as with one that lives. */
  underWayMs: number;
  /** Longer acts are spread over attempts, so that each ends before its start-to-close time-out. */
  patienceMs: number;
  /** Start to close of what changes OVH. What a worker has begun when it is told to stop, it finishes in this time. */
  actMs: number;
  /** A wait whose worker has been silent for so long is given to another worker. */
  silentMs: number;
  /** How often a wait says what it waits for: an Action of Temporal's each time. */
  tellMs: number;
  /** When it says so first where nobody knows how long it takes: early, because somebody may look. */
  firstTellMs: number;
  /** An attach waits so long for its own end. */
  attachMs: number;
  /** Start to close of what looks. */
  lookMs: number;
  /** For so long a look goes on within its attempt. */
  sliceMs: number;
  /** Start to close of what waits: longer waits are spread over attempts, so that every one gets its turn. */
  waitMs: number;
  /** A look that comes so much later than it should does not tell since when the thing has been ready. */
  promptMs: number;
  /** A run that has looked so shortly ago, and holds the node's lock, need not look again before it posts. */
  freshMs: number;
  /** What was seen before, or should be, and is not shown for so long is gone. */
  missingMs: number;
  /** A guest that proved itself may refuse a login for so long: cloud-init may yet add the key. */
  refusedMs: number;
  /** For so long a script is tried to be stopped in a guest that cannot be reached. */
  stopMs: number;
  /** What has been sent TERM in a guest has so long to end before it is sent KILL, and as long after that. */
  graceMs: number;
  /** From the first packet to a guest to the end of the login: a guest that takes longer does not answer yet. */
  loginMs: number;
  /** A guest that has said nothing for so long is asked for a sign of life. At the fourth time its connection is lost. */
  keepaliveMs: number;
  /** For one command in a guest, `ready.command` included. A step runs on its own, so it may take longer. */
  commandMs: number;
  /** For one connection to a port of a guest that is waited for from outside. */
  knockMs: number;
  /** Between two tries in a guest that is not ready, or where something is wrong. */
  guestPauseMs: number;
  /** Between two questions to cloud-init, each of which takes a few tenths of a second of the guest's processor. */
  cloudInitPauseMs: number;
  /** Before the second look at a step that runs in a guest: soon, because many scripts take no time. */
  firstStepPauseMs: number;
  /** Each further pause is longer by half, up to this one. */
  longestStepPauseMs: number;
  /** A connection to a guest that nobody has used for so long is closed. */
  guestIdleMs: number;
  /** A DELETE that OVH seems to have forgotten is asked again. */
  askAgainMs: number;
  /** What OVH deletes or detaches usually takes seconds: after so long, people are told. */
  stuckMs: number;
  /** Before the first retry; each further one waits twice as long. */
  retryMs: number;
  /** At most so long before a retry, */
  longestRetryMs: number;
  /** and before one of an undo. */
  longestUndoRetryMs: number;
  /** Before the next attempt of what is not ready, where nothing tells when it will be. */
  soonMs: number;
  /** Credentials that OVH refuses are read again so often: somebody has to renew them. */
  credentialsMs: number;
  /** A deletion whose last attempt is longer ago goes on at another worker, or was told to stop: metrics forget it. */
  forgottenMs: number;
  /** A worker that lives takes a step within a second: after so long, people are told to start one. */
  unclaimedMs: number;
  /** Before an act that came to a worker of another configuration is taken again: by the right one, if there is one. */
  wrongWorkerMs: number;
  /** For so long Temporal's list of runs is asked again for one that it must show, or may not show yet. */
  recallMs: number;
  /** How long OVH's lists may lag behind its answers, unless `MOORING_SETTLE` says otherwise, */
  settleMs: number;
  /** and the least that is believed of the real OVH. */
  leastSettleMs: number;
  /** An instance that is being made and that somebody has stopped fails the run after so long, unless it is started. */
  stoppedMs: number;
  /** Nobody builds a node for so long: what is older is not somebody's unfinished work. */
  unfinishedMs: number;
  /** An order at OVH may be what a lost answer was about if it began at most so long before that was given up: clocks differ, */
  orderBeforeMs: number;
  /** or so long after. */
  orderAfterMs: number;
  /** One that OVH is at for longer after that is not waited for: some never end. */
  longestOrderMs: number;
  /** For what a run leaves at OVH it looks so long: longer than any settle window, and no longer than a person waits. */
  leftMs: number;
  /** A reap waits so long for each node: what resists for longer goes on by itself, and the next reap looks at it again. */
  reapMs: number;
  /** What OVH sells changes rarely: a list of it serves for so long. */
  catalogueMs: number;
  /** What may change at any moment: one answer for those who ask at about the same time. */
  brieflyMs: number;
  /** A price is not worth a longer wait. */
  pricesMs: number;
  /**
   * For one task of a fleet's: a worker that has not got it in memory goes through all that the fleet has done, seconds of a
   * processor's time for a thousand nodes. By Temporal's own 10 s a fleet comes to a stop where a machine is very busy.
   */
  fleetTaskMs: number;
  /** For any one call of a client's to Temporal, */
  callMs: number;
  /** and for a query, which a worker has to answer: one that is busy with hundreds of nodes takes its time. */
  queryMs: number;
  /** A worker that has just started is waited for by who wants one to be there. */
  workerStartMs: number;
  /** How often workers tell each other what they ask of OVH. One that is silent for two and a half of these is gone. */
  memberMs: number;
}

/**
 * All from two, so that their order holds whatever those are: after how long a dead worker is noticed, and what a second is
 * for everything else.
 */
export function timingOf(heartbeatMs: number, second = heartbeatMs / 10): Timing {
  const hour = 3600 * second;
  return {
    heartbeatMs,
    beatMs: 0.5 * heartbeatMs,
    throttleMs: 0.1 * heartbeatMs,
    tickMs: 0.05 * heartbeatMs,
    pauseMs: 0.3 * heartbeatMs,
    unheardMs: 0.8 * heartbeatMs,
    askMs: 0.5 * heartbeatMs,
    requestMs: 45 * second,
    underWayMs: 45 * second - heartbeatMs,
    patienceMs: 60 * second,
    actMs: 150 * second,
    silentMs: 46 * second,
    tellMs: 40 * second,
    firstTellMs: 6 * second,
    attachMs: 6 * second,
    lookMs: 60 * second,
    sliceMs: 50 * second,
    waitMs: 610 * second,
    promptMs: 2 * second,
    freshMs: 30 * second,
    missingMs: 30 * second,
    refusedMs: 120 * second,
    stopMs: 20 * second,
    graceMs: 10 * second,
    loginMs: 20 * second,
    keepaliveMs: 5 * second,
    commandMs: 30 * second,
    knockMs: 5 * second,
    guestPauseMs: 2 * second,
    cloudInitPauseMs: 5 * second,
    firstStepPauseMs: 0.3 * second,
    longestStepPauseMs: 5 * second,
    guestIdleMs: 10 * second,
    askAgainMs: 30 * second,
    stuckMs: 60 * second,
    retryMs: second,
    longestRetryMs: 30 * second,
    longestUndoRetryMs: 60 * second,
    soonMs: second,
    credentialsMs: 30 * second,
    forgottenMs: 120 * second,
    unclaimedMs: 20 * second,
    wrongWorkerMs: 2 * second,
    recallMs: 10 * second,
    settleMs: 60 * second,
    leastSettleMs: 10 * second,
    stoppedMs: 30 * second,
    unfinishedMs: 2 * hour,
    orderBeforeMs: hour,
    orderAfterMs: hour / 12,
    longestOrderMs: hour,
    leftMs: 600 * second,
    reapMs: 180 * second,
    catalogueMs: hour / 12,
    brieflyMs: 2 * second,
    pricesMs: 5 * second,
    fleetTaskMs: 60 * second,
    callMs: 10 * second,
    queryMs: 8 * second,
    workerStartMs: 3 * second,
    memberMs: 10 * second,
  };
}
