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
  /** In so long the answer to a beat tells whether the attempt still counts. */
  answerMs: number;
  /** For one request to OVH, from its signature to the end of the answer. */
  requestMs: number;
  /** Longer acts are spread over attempts, so that each ends before its start-to-close time-out. */
  patienceMs: number;
  /** Start to close of what changes OVH. What a worker has begun when it is told to stop, it finishes in this time. */
  actMs: number;
  /** How long one attempt of a look waits for what OVH is making. */
  sliceMs: number;
  /** The first slice where the time is not known: short, so that the first message appears early. */
  firstSliceMs: number;
  /** Start to close of what looks. */
  lookMs: number;
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
  /** Before an act that came to a worker of another configuration is taken again: by the right one, if there is one. */
  wrongWorkerMs: number;
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
  /** What OVH sells changes rarely: a list of it serves for so long. */
  catalogueMs: number;
  /** What may change at any moment: one answer for those who ask at about the same time. */
  brieflyMs: number;
  /** A price is not worth a longer wait. */
  pricesMs: number;
  /** For any one call of a client's to Temporal, */
  callMs: number;
  /** and for a query, which a worker has to answer: one that is busy with hundreds of nodes takes its time. */
  queryMs: number;
}

/** All from one, so that their order holds whatever that is: after how long a dead worker is noticed. */
export function timingOf(heartbeatMs: number): Timing {
  const second = heartbeatMs / 30;
  const hour = 3600 * second;
  return {
    heartbeatMs,
    beatMs: 10 * second,
    throttleMs: 2 * second,
    tickMs: second,
    pauseMs: 10 * second,
    answerMs: second,
    requestMs: 45 * second,
    patienceMs: 60 * second,
    actMs: 150 * second,
    sliceMs: 50 * second,
    firstSliceMs: 6 * second,
    lookMs: 60 * second,
    promptMs: 2 * second,
    freshMs: 30 * second,
    missingMs: 30 * second,
    refusedMs: 120 * second,
    stopMs: 20 * second,
    askAgainMs: 30 * second,
    stuckMs: 60 * second,
    retryMs: second,
    longestRetryMs: 30 * second,
    longestUndoRetryMs: 60 * second,
    soonMs: second,
    credentialsMs: 30 * second,
    wrongWorkerMs: 2 * second,
    settleMs: 60 * second,
    leastSettleMs: 10 * second,
    stoppedMs: 30 * second,
    unfinishedMs: 2 * hour,
    orderBeforeMs: hour,
    orderAfterMs: hour / 12,
    catalogueMs: hour / 12,
    brieflyMs: 2 * second,
    pricesMs: 5 * second,
    callMs: 10 * second,
    queryMs: 8 * second,
  };
}
