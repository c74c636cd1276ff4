import type { Step } from './explore.ts';

/*
 * What may be deleted, and by which proof: one mark at OVH, the things under it, and two installations without a lock
 * that they share. Lists may leave something out, runs are reset, deleted and forgotten. Deletes are atomic here, and
 * attempts and their fence are the business of `protocol.ts`. Time is left out as there: who waits for the settle window
 * goes on once nothing is late and lists show everything.
 */

/** Each can be taken out to see what breaks. */
export const rules = {
  ownOnly: 'deletes only what OVH answered to its own POSTs, and what carries its own sign',
  foundBySign: 'takes what a look finds for its own only by its sign',
  ownShown: 'counts only once lists show all that it knows',
  giveWay: 'gives way to what somebody else has made, and never completes beside it',
  adoptFinished: 'adopts nothing that an open run is still making',
  namesWhatGoes: 'tells a destroy and a reap what goes, not what stays',
  noticeReset: 'compares before each act the run of its baseline with its own',
  forgetFirst: 'drops what it believed before it begins again after a reset',
  waitAfterReset: 'waits for the settle window before the baseline after a reset',
  reapByEvidence: 'reaps only what a retained, closed run has made and did not deliver',
  checkAnswers: 'takes an answer that names something else for a lost one',
  checkWorkers: 'gives an act back where the worker knows another project',
} as const;

export type Rule = keyof typeof rules;

/** What was proposed in place of a rule, and is unsound. */
export const proposals = {
  age: 'takes what is younger than its baseline for its own, whoever has signed it',
  deleteYounger: 'deletes what is somebody else’s and younger',
  besideYounger: 'completes beside what is somebody else’s and younger',
  adoptWhole: 'adopts what an open run is making as soon as nothing of it is missing',
  reapByIds: 'reaps by the ids in the histories of closed runs',
} as const;

export type Proposal = keyof typeof proposals;

/** What may go wrong, and how often in one story. */
export const troubles = [
  'incomplete',
  'incompleteCount',
  'lag',
  'lose',
  'late',
  'double',
  'mixedUp',
  'refuse',
  'error',
  'wrongWorker',
  'cancel',
  'reset',
  'terminate',
  'deleteRun',
  'forget',
] as const;

export type Trouble = (typeof troubles)[number];

export type Request = 'provision' | 'destroy' | 'reap';

/** An instance and its volume; one slot is enough for many stories. */
type Slot = 0 | 1;

export interface Thing {
  /** Ids are given in the order of creation. */
  id: number;
  slot: Slot;
  /** The run that made it; null where the name does not say. */
  sign: number | null;
  alive: boolean;
  /** A list shows it. */
  listed: boolean;
}

type Phase = 'begin' | 'create' | 'look' | 'count' | 'undo' | 'delete' | 'return' | 'closed';

export interface Run {
  id: number;
  /** Its installation: a Temporal of its own. */
  of: 0 | 1;
  request: Request;
  phase: Phase;
  /** The run id under which the baseline was taken; null without a baseline. */
  sign: number | null;
  /** The first id that OVH had not given when the baseline was taken. */
  since: number;
  /** It was reset, and has no baseline since. */
  wasReset: boolean;
  baseline: number[];
  /** Of each slot, what it will deliver. */
  known: (number | null)[];
  /** Ids that OVH answered to its own POSTs. */
  made: number[];
  /** A create may have made something that it does not know. */
  unclear: boolean;
  cancelled: boolean;
  /** It has to undo because of somebody else's things: once it then begins again. */
  makesWay: boolean;
  madeWay: boolean;
  outcome: 'completed' | 'failed' | 'terminated' | 'reset' | null;
  /** What a completed run names. */
  named: number[];
  /** What a destroy or a reap has deleted. */
  deleted: number[];
}

export interface State {
  things: Thing[];
  /** POSTs that OVH has not applied, or that an attempt may send which nobody waits for. */
  late: { sign: number; slot: Slot }[];
  /** What each installation's Temporal remembers, oldest first. */
  runs: Run[];
  /** The id of the next run. */
  nextRun: number;
  /** What people will still ask each installation for. */
  scripts: [Request[], Request[]];
  /** What stood before everything, and what a completed run has named. */
  owed: number[];
  harm: string | null;
  budget: Record<Trouble, number>;
}

export interface Story {
  scripts: [Request[], Request[]];
  budget: Partial<Record<Trouble, number>>;
  /** 1: an instance; 2: with a volume. */
  slots?: 1 | 2;
  /** What stands before: of these slots, signed by nobody. */
  stands?: Slot[];
  /** A reap that is answered less than there is deletes less, and the next deletes the rest. */
  mayLeave?: boolean;
}

export function begin({ scripts, budget, stands = [] }: Story): State {
  return {
    things: stands.map((slot, id) => ({ id, slot, sign: null, alive: true, listed: true })),
    late: [],
    runs: [],
    nextRun: 1,
    scripts: [[...scripts[0]], [...scripts[1]]],
    owed: stands.map((_, id) => id),
    harm: null,
    budget: { ...(Object.fromEntries(troubles.map((each) => [each, 0])) as State['budget']), ...budget },
  };
}

/** Everything that can happen next. */
export function steps(
  state: State,
  { slots = 1 }: Story,
  changed: ReadonlySet<Rule | Proposal>,
): Step<State>[] {
  const found: Step<State>[] = [];
  const print = JSON.stringify(state);
  const may: May = (label, change) => {
    const next = JSON.parse(print) as State;
    change(next);
    found.push({ label, state: next });
  };
  const trouble: Troubles = (name, label, change) => {
    if (state.budget[name] > 0)
      may(label, (next) => {
        next.budget[name] -= 1;
        change(next);
      });
  };
  const circumstances: Circumstances = {
    state,
    slots,
    on: (rule) => !changed.has(rule),
    proposed: (proposal) => changed.has(proposal),
    may,
    trouble,
  };
  ovh(circumstances);
  temporal(circumstances);
  people(circumstances);
  for (const run of state.runs) if (isOpen(run)) workflow(circumstances, run);
  return found;
}

type May = (label: string, change: (next: State) => void) => void;
type Troubles = (name: Trouble, label: string, change: (next: State) => void) => void;

interface Circumstances {
  state: State;
  slots: number;
  on(rule: Rule): boolean;
  proposed(proposal: Proposal): boolean;
  may: May;
  trouble: Troubles;
}

/** OVH applies what it was sent, and its lists catch up. */
function ovh({ state, may }: Circumstances): void {
  state.late.forEach(({ sign, slot }, index) => {
    may(`OVH applies a late POST of run ${sign}`, (next) => {
      next.late.splice(index, 1);
      make(next, slot, sign);
    });
    may(`a late POST of run ${sign} is never applied`, (next) => next.late.splice(index, 1));
  });
  if (state.things.some(({ listed }) => !listed))
    may('lists catch up', (next) => {
      for (const thing of next.things) thing.listed = true;
    });
}

/** What people do to runs, and what Temporal forgets. */
function temporal({ state, trouble }: Circumstances): void {
  for (const run of state.runs) {
    const { id } = run;
    if (isOpen(run)) {
      if (!run.cancelled && run.phase !== 'undo')
        trouble('cancel', `somebody cancels run ${id}`, (next) => {
          own(next, id).cancelled = true;
        });
      trouble('terminate', `somebody terminates run ${id}`, (next) => {
        orphan(next, run);
        close(own(next, id), 'terminated');
      });
      trouble('deleteRun', `somebody deletes run ${id} while it runs`, (next) => {
        orphan(next, run);
        next.runs = next.runs.filter((each) => each.id !== id);
      });
    } else
      trouble('forget', `Temporal forgets run ${id}`, (next) => {
        next.runs = next.runs.filter((each) => each.id !== id);
      });
    // The id of the node is free, or the run's own.
    const isLast = state.runs.findLast(({ of }) => of === run.of)?.id === id;
    if (run.request !== 'provision' || run.sign === null || run.outcome === 'reset' || !isLast) continue;
    const again = (phase: Phase, changes: Partial<Run>) => (next: State) => {
      orphan(next, run);
      if (isOpen(run)) close(own(next, id), 'reset');
      next.runs.push({ ...run, ...changes, id: next.nextRun, phase, outcome: null, named: [] });
      next.nextRun += 1;
    };
    const isAdopted = (thing: number | null) => thing !== null && run.baseline.includes(thing);
    trouble(
      'reset',
      `somebody resets run ${id} to after its baseline`,
      again('create', {
        known: run.known.map((thing) => (isAdopted(thing) ? thing : null)),
        made: [],
        unclear: false,
      }),
    );
    if (run.outcome === 'completed')
      trouble('reset', `somebody resets run ${id} to its last task`, again('return', {}));
  }
}

/** Somebody asks for the next thing, once the installation holds no open run of the node. */
function people({ state, slots, may }: Circumstances): void {
  for (const of of [0, 1] as const) {
    const [request] = state.scripts[of];
    if (request === undefined || state.runs.some((run) => run.of === of && isOpen(run))) continue;
    may(`${of === 0 ? 'somebody' : 'the rival'} asks for a ${request}`, (next) => {
      next.scripts[of].shift();
      next.runs.push({
        ...nothingBelieved(slots),
        id: next.nextRun,
        of,
        request,
        madeWay: false,
        wasReset: false,
      });
      next.nextRun += 1;
    });
  }
}

/** The workflow and its acts. An act that compares the run ids sends nothing under another's baseline. */
function workflow(circumstances: Circumstances, run: Run): void {
  const { on, may, slots } = circumstances;
  const { id, phase } = run;
  const isStale = run.sign !== null && run.sign !== id;
  if (
    run.cancelled &&
    (phase !== 'undo' || (isStale && on('noticeReset'))) &&
    !(run.request !== 'provision' && phase === 'delete')
  ) {
    // Nothing of its own is known before the baseline; and of a run that was reset nothing is a proof.
    const nothingToUndo = run.sign === null || (isStale && on('noticeReset') && !run.wasReset);
    may(`run ${id} hears of the cancel`, (next) => {
      if (nothingToUndo) close(own(next, id), 'failed');
      else fail(own(next, id), phase === 'look');
    });
    return;
  }
  if (phase === 'begin') {
    baseline(circumstances, run);
    return;
  }
  if (isStale && !run.wasReset && on('noticeReset')) {
    may(`run ${id} notices that it was reset`, (next) => {
      const self = own(next, id);
      const { sign, made } = self;
      Object.assign(self, nothingBelieved(slots), { wasReset: true });
      if (!on('forgetFirst')) Object.assign(self, { sign, made });
    });
    return;
  }
  if (phase === 'create') create(circumstances, run);
  if (phase === 'look') look(circumstances, run);
  if (phase === 'count') count(circumstances, run);
  if (phase === 'undo') undo(circumstances, run);
  if (phase === 'delete') remove(circumstances, run);
  if (phase === 'return') may(`run ${id} tells its old success`, (next) => complete(next, own(next, id)));
}

function baseline(circumstances: Circumstances, run: Run): void {
  const { state, slots, on, proposed } = circumstances;
  // The list of runs is behind: what a reset has ended just now is not in it yet.
  const ended = state.runs.filter(({ of, id }) => of === run.of && !(run.wasReset && id < run.id));
  const isDoubtful =
    (run.wasReset && on('waitAfterReset')) ||
    ended.some(({ outcome }) => outcome === 'terminated' || outcome === 'reset') ||
    run.request === 'reap';
  if (isDoubtful && !isSettled(state)) return;
  lists(circumstances, `run ${run.id} takes the baseline`, (next, seen) => {
    const self = own(next, run.id);
    Object.assign(self, { sign: run.id, since: next.things.length, wasReset: false });
    if (run.request === 'provision') {
      const known = slotsOf(slots).map((slot) => seen.find((thing) => thing.slot === slot)?.id ?? null);
      Object.assign(self, { baseline: seen.map(({ id }) => id), known, phase: 'create' });
      const isWhole = known.every((thing) => thing !== null);
      const isUnfinished = seen.some(({ sign }) =>
        next.runs.some((each) => each.sign === sign && sign !== run.id && isOpen(each)),
      );
      const refuses = isUnfinished && on('adoptFinished') && !(isWhole && proposed('adoptWhole'));
      if (refuses || seen.length > known.filter((thing) => thing !== null).length) close(self, 'failed');
      else if (isWhole) self.phase = 'count';
      return;
    }
    // What goes is named, or was: what stays.
    const goes = (thing: Thing) =>
      run.request === 'destroy' ? thing.slot === 0 : isLeftOver(circumstances, run, thing);
    self.baseline = seen.filter((thing) => goes(thing) === on('namesWhatGoes')).map(({ id }) => id);
    self.phase = 'delete';
  });
}

/** Nothing was there at the baseline, and what was made since a count will find. */
function create({ state, slots, on, may, trouble }: Circumstances, run: Run): void {
  const { id } = run;
  const sign = run.sign as number;
  const slot = slotsOf(slots).find((each) => run.known[each] === null);
  if (slot === undefined) {
    may(`run ${id} has made all`, (next) => {
      own(next, id).phase = 'count';
    });
    return;
  }
  const answered = (next: State, thing: number) => {
    const self = own(next, id);
    self.known[slot] = thing;
    self.made.push(thing);
    self.phase = self.known.includes(null) ? 'create' : 'count';
  };
  const lost = (next: State) => Object.assign(own(next, id), { unclear: true, phase: 'look' });
  const post = `run ${id} posts ${NAMES[slot]}`;
  may(`${post}, OVH answers`, (next) => answered(next, make(next, slot, sign)));
  trouble('lag', `${post}, OVH answers, lists do not show it yet`, (next) =>
    answered(next, make(next, slot, sign, false)),
  );
  trouble('lose', `${post}, the answer is lost`, (next) => {
    make(next, slot, sign);
    lost(next);
  });
  if (state.budget.lag > 0)
    trouble('lose', `${post}, the answer is lost, lists do not show it yet`, (next) => {
      next.budget.lag -= 1;
      make(next, slot, sign, false);
      lost(next);
    });
  trouble('late', `${post}, no answer, and OVH has not made it yet`, (next) => {
    next.late.push({ sign, slot });
    lost(next);
  });
  for (const half of [0, 1])
    trouble(
      'double',
      `${post}, OVH makes two and answers with the ${half === 0 ? 'older' : 'younger'}`,
      (next) => {
        const first = make(next, slot, sign);
        make(next, slot, sign);
        answered(next, first + half);
      },
    );
  for (const other of state.things)
    if (other.alive && other.slot === slot && other.sign !== sign)
      trouble('mixedUp', `${post}, OVH makes it and the answer names ${other.id}`, (next) => {
        make(next, slot, sign);
        if (on('checkAnswers')) lost(next);
        else answered(next, other.id);
      });
  trouble('refuse', `${post}, OVH refuses`, (next) => fail(own(next, id)));
}

/** After a lost answer. */
function look(circumstances: Circumstances, run: Run): void {
  const { state, slots, on } = circumstances;
  const { id } = run;
  const slot = slotsOf(slots).find((each) => run.known[each] === null) as Slot;
  const settled = isSettled(state);
  lists(circumstances, `run ${id} looks`, (next, seen) => {
    const self = own(next, id);
    const there = seen.filter((thing) => thing.slot === slot && !run.baseline.includes(thing.id));
    const found = there.find((thing) => !on('foundBySign') || isOwn(circumstances, run, thing));
    if (found) {
      self.known[slot] = found.id;
      self.made.push(found.id);
      self.phase = self.known.includes(null) ? 'create' : 'count';
    } else if (settled && there.length > 0 && on('giveWay')) giveWay(self);
    else if (settled) self.phase = 'create';
  });
}

function count(circumstances: Circumstances, run: Run): void {
  const { state, on, proposed, may, trouble } = circumstances;
  const { id } = run;
  trouble('error', `an instance of run ${id} ends in ERROR`, (next) => fail(own(next, id)));
  if (run.known.some((thing) => state.things[thing as number]?.alive === false)) {
    may(`run ${id} finds that something of its is gone`, (next) => fail(own(next, id)));
    return;
  }
  if (run.unclear && !isSettled(state)) return;
  // A list that shows all of its own and hides somebody else's cannot be told from a whole one: that stays open.
  const mayLack = (thing: Thing) => (run.known.includes(thing.id) ? 'incomplete' : 'incompleteCount');
  lists(
    circumstances,
    `run ${id} counts`,
    (next, seen) => {
      const self = own(next, id);
      const known = [...run.known, ...run.baseline];
      const isShown = run.known.every((thing) => seen.some((each) => each.id === thing));
      if (on('ownShown') && !isShown) return;
      const others = seen.filter((thing) => !known.includes(thing.id));
      const extra = others.filter(
        (thing) =>
          !on('ownOnly') || isOwn(circumstances, run, thing) || isLeftOver(circumstances, run, thing),
      );
      if (extra.length > 0) {
        erase(next, run, extra);
        return;
      }
      const mine = Math.min(...run.known.map(Number));
      const isYounger = ({ sign }: Thing) =>
        sign !== null && Math.min(...seen.filter((each) => each.sign === sign).map((each) => each.id)) > mine;
      const younger = others.filter(isYounger);
      const isPassed = !on('giveWay') || (proposed('besideYounger') && younger.length === others.length);
      if (others.length === 0 || isPassed) complete(next, self);
      else if (proposed('deleteYounger') && younger.length > 0) erase(next, run, younger);
      // Of what is younger it waits for a settle window whether it goes; that takes no time here.
      else giveWay(self);
    },
    mayLack,
  );
}

/** Back to the baseline: by the ids of its own POSTs, and by its own sign. */
function undo(circumstances: Circumstances, run: Run): void {
  const { state, on, may, trouble } = circumstances;
  const { id } = run;
  const isDone = (next: State) => {
    const self = own(next, id);
    if (self.makesWay && !self.madeWay && !self.cancelled)
      Object.assign(self, nothingBelieved(circumstances.slots), { madeWay: true });
    else close(self, 'failed');
  };
  trouble('wrongWorker', `the undo of run ${id} falls to a worker of another project`, (next) => {
    if (!on('checkWorkers')) isDone(next);
  });
  const hides = run.made.some((thing) => state.things[thing]?.listed === false);
  if ((run.unclear || hides) && !isSettled(state)) return;
  may(`run ${id} undoes`, (next) => {
    const seen = next.things.filter(({ alive, listed }) => alive && listed);
    const isMine = (thing: Thing) =>
      on('ownOnly') ? isOwn(circumstances, run, thing) : !run.baseline.includes(thing.id);
    erase(next, run, [...seen.filter(isMine), ...next.things.filter((thing) => run.made.includes(thing.id))]);
    isDone(next);
  });
}

/** A destroy that keeps the volume, and a reap. */
function remove(circumstances: Circumstances, run: Run): void {
  const { on } = circumstances;
  lists(circumstances, `run ${run.id} deletes`, (next, seen) => {
    const self = own(next, run.id);
    const isNamed = (thing: Thing) => run.baseline.includes(thing.id);
    const isAsked = (thing: Thing) => isNamed(thing) || (run.request === 'destroy' && thing.slot === 0);
    const goes = on('namesWhatGoes')
      ? next.things.filter(
          (thing) => isNamed(thing) || (seen.some((each) => each.id === thing.id) && isAsked(thing)),
        )
      : seen.filter((thing) => !isNamed(thing));
    self.deleted = goes.filter(({ alive }) => alive).map(({ id }) => id);
    if (run.request === 'destroy') next.owed = next.owed.filter((thing) => next.things[thing]?.slot !== 0);
    erase(next, run, goes);
    close(self, 'completed');
  });
}

/** What a list answers: everything that is alive and shown, or once in a while less. */
function lists(
  { state, may, trouble }: Circumstances,
  label: string,
  change: (next: State, seen: Thing[]) => void,
  mayLack: (thing: Thing) => Trouble = () => 'incomplete',
): void {
  const shown = state.things.filter(({ alive, listed }) => alive && listed);
  may(label, (next) => change(next, shown));
  for (const thing of shown)
    trouble(mayLack(thing), `${label} by a list without ${thing.id}`, (next) =>
      change(
        next,
        shown.filter((each) => each !== thing),
      ),
    );
  if (shown.length > 1) trouble('incomplete', `${label} by a list that is empty`, (next) => change(next, []));
}

function isOwn({ proposed }: Circumstances, { sign, since, baseline: before }: Run, thing: Thing): boolean {
  if (proposed('age')) return thing.id >= since && !before.includes(thing.id);
  return thing.sign !== null && thing.sign === sign;
}

/** By what the installation's Temporal still remembers. */
function isLeftOver(
  { state, on, proposed }: Circumstances,
  { of, id: asking, request: by }: Run,
  thing: Thing,
): boolean {
  const retained = state.runs.filter((run) => run.of === of && run.id !== asking);
  const wanted = new Set<number>();
  const destroyed = new Set<number>();
  for (const { request, outcome, named, deleted } of retained) {
    if (outcome !== 'completed') continue;
    if (request === 'destroy') wanted.clear();
    for (const each of deleted) destroyed.add(each);
    for (const each of named) wanted.add(each);
  }
  if (wanted.has(thing.id)) return false;
  if (by === 'reap' && !on('reapByEvidence')) return true;
  const closed = retained.filter((run) => !isOpen(run));
  if (proposed('reapByIds')) return closed.some(({ made }) => made.includes(thing.id));
  if (destroyed.has(thing.id)) return true;
  return thing.sign !== null && closed.some(({ id }) => id === thing.sign);
}

/** The settle window is long enough for all that is late, and for lists. */
function isSettled({ things, late }: State): boolean {
  return late.length === 0 && things.every(({ listed }) => listed);
}

/**
 * What stood, or what a completed run names, is gone by somebody who was not asked; two are delivered; or, at the end,
 * something is paid for and in no result.
 */
export function whatIsWrong(state: State, { mayLeave = false }: Story): string | undefined {
  if (state.harm) return state.harm;
  if (mayLeave) return undefined;
  const isOver =
    state.scripts.every((script) => script.length === 0) &&
    state.runs.every((run) => !isOpen(run)) &&
    isSettled(state);
  if (!isOver) return undefined;
  const left = state.things.find(
    (thing) => thing.alive && !state.owed.includes(thing.id) && !isExcused(state, thing),
  );
  return left && `${left.id} is left over`;
}

/** What Temporal has forgotten is unknown, and what a run has left that was ended is for the next that completes. */
function isExcused({ runs }: State, { sign }: Thing): boolean {
  const maker = runs.find(({ id }) => id === sign);
  if (!maker) return true;
  const wasEnded = maker.outcome === 'terminated' || maker.outcome === 'reset';
  return (
    wasEnded &&
    !runs.some(({ of, outcome, id }) => of === maker.of && outcome === 'completed' && id > maker.id)
  );
}

function make(next: State, slot: Slot, sign: number, listed = true): number {
  const id = next.things.length;
  next.things.push({ id, slot, sign, alive: true, listed });
  return id;
}

function erase(next: State, run: Run, things: Thing[]): void {
  for (const { id } of things) {
    const thing = next.things[id] as Thing;
    if (thing.alive && next.owed.includes(id))
      next.harm ??= `run ${run.id} deletes ${id}, which is somebody's`;
    thing.alive = false;
  }
}

function complete(next: State, run: Run): void {
  run.named = run.known.filter((thing) => thing !== null);
  close(run, 'completed');
  const gone = run.named.find((id) => !next.things[id]?.alive);
  if (gone !== undefined) next.harm ??= `run ${run.id} names ${gone}, which is gone`;
  for (const id of run.named) {
    const slot = next.things[id]?.slot;
    const other = next.owed.find(
      (each) => each !== id && next.things[each]?.slot === slot && next.things[each]?.alive,
    );
    if (other !== undefined) next.harm ??= `${other} and ${id} are delivered`;
  }
  next.owed = [...new Set([...next.owed, ...run.named])];
}

/** An attempt that nobody waits for may send its POST. */
function orphan(next: State, { phase, sign, known }: Run): void {
  const slot = known.indexOf(null);
  if (phase === 'create' && sign !== null && slot >= 0) next.late.push({ sign, slot: slot as Slot });
}

function fail(run: Run, unclear = false): void {
  run.unclear ||= unclear;
  run.phase = 'undo';
}

function giveWay(run: Run): void {
  run.makesWay = true;
  fail(run);
}

function close(run: Run, outcome: Run['outcome']): void {
  Object.assign(run, { phase: 'closed', outcome });
}

function nothingBelieved(slots: number) {
  return {
    phase: 'begin' as Phase,
    sign: null,
    since: 0,
    baseline: [],
    known: slotsOf(slots).map(() => null),
    made: [],
    unclear: false,
    cancelled: false,
    makesWay: false,
    outcome: null,
    named: [],
    deleted: [],
  };
}

const NAMES = ['an instance', 'a volume'];

function slotsOf(slots: number): Slot[] {
  return slots === 1 ? [0] : [0, 1];
}

function isOpen({ phase }: Run): boolean {
  return phase !== 'closed';
}

function own(next: State, id: number): Run {
  return next.runs.find((run) => run.id === id) as Run;
}
