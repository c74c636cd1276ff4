import type { Step } from './explore.ts';

/*
 * The protocol of a create, small enough to be explored to the end: one node, its things at OVH, the runs on it, the
 * attempts of an activity, and everything that may go wrong between them. A state is plain data, a step makes another.
 *
 * Time is what is left out. That the settle window is longer than OVH's lag and lateness is said as a condition: a run
 * that waits for it goes on once nothing is late and lists show everything.
 */

/** The rules of "exactly once", by their numbers; each can be taken out to see what breaks. */
export const rules = {
  baseline: 'takes the baseline first, and never deletes what is in it',
  look: 'looks before every create, and adopts only what is alive by its id',
  settle: 'takes an unclear answer for unclear: looks for the settle window before anything else',
  fence: 'asks immediately before a POST whether it still counts',
  history: 'writes the id into history as soon as OVH has answered',
  count: 'counts at the end, and deletes what nobody asked for',
  ownShown: 'counts, and begins to undo, only once lists have shown all that history knows',
  converge: 'undoes until OVH says 404 for everything, hidden or not',
  waitForAct: 'lets a cancel wait for the act that is under way',
  patientLooks: 'does not fail because a look failed',
  patientKeys: 'does not fail because a credential expired',
  cancelUndoes: 'rolls back when it is cancelled',
  noTimeout: 'has no time-out of the whole run',
  destroyFinishes: 'finishes a destroy that has begun to delete',
  reapAsks: 'reaps only what no run wants, holding the id of the node',
  afterTermination:
    'waits for the settle window after a run that was terminated before it trusts what it sees',
} as const;

export type Rule = keyof typeof rules;

interface Thing {
  id: number;
  alive: boolean;
  /** A list shows it. */
  listed: boolean;
}

/** What was sent to OVH and has not been applied. */
interface Flight {
  kind: 'post' | 'delete';
  /** Of a delete. */
  thing?: number;
  /** Who waits for the answer: an attempt's number, or nobody any more. */
  waits: number | null;
}

type Phase = 'baseline' | 'create' | 'count' | 'undo' | 'delete' | 'closed';

interface Attempt {
  number: number;
  at: 'begin' | 'looked' | 'sent' | 'answered';
  /** Temporal has given its work to another; it does not know, but would hear if it asked. */
  replaced: boolean;
  /** Its run was terminated; for a while nobody tells it even if it asks. */
  orphan: boolean;
  /** Its predecessor's outcome is not known. */
  unclear: boolean;
  /** The first, right after the baseline. */
  fresh: boolean;
  /** Until rule `history` is applied the id is here alone. */
  id: number | null;
}

export interface Run {
  request: 'provision' | 'destroy';
  phase: Phase;
  /** What was there when it began; not known to it, but to whoever judges. */
  before: number[];
  baseline: number[];
  history: number[];
  /** A create may have made something that nobody knows. */
  unclear: boolean;
  cancelled: boolean;
  /** It has to fail, and why. */
  failure: 'refused' | 'in-error' | 'cancelled' | 'for nothing' | null;
  outcome: 'completed' | 'failed' | 'terminated' | null;
  /** A destroy has sent its first DELETE. */
  deleting: boolean;
}

export interface State {
  things: Thing[];
  flights: Flight[];
  run: Run | null;
  attempts: Attempt[];
  /** Closed runs, oldest first. */
  past: Run[];
  /** What people will still ask for, in this order. */
  script: Request[];
  budget: Record<Trouble, number>;
}

export type Request = 'provision' | 'destroy' | 'reap';

/** What may go wrong, and how often in one story. */
export type Trouble =
  | 'lose'
  | 'late'
  | 'duplicate'
  | 'hiddenTwin'
  | 'crash'
  | 'pause'
  | 'refuse'
  | 'error'
  | 'cancel'
  | 'lookFails'
  | 'keyExpires'
  | 'terminate'
  | 'timeout'
  | 'lag';

export function begin(script: Request[], budget: Partial<Record<Trouble, number>>): State {
  const none: Record<Trouble, number> = {
    lose: 0,
    late: 0,
    duplicate: 0,
    hiddenTwin: 0,
    crash: 0,
    pause: 0,
    refuse: 0,
    error: 0,
    cancel: 0,
    lookFails: 0,
    keyExpires: 0,
    terminate: 0,
    timeout: 0,
    lag: 0,
  };
  return {
    things: [],
    flights: [],
    run: null,
    attempts: [],
    past: [],
    script: [...script],
    budget: { ...none, ...budget },
  };
}

/** Everything that can happen next. */
export function steps(state: State, off: ReadonlySet<Rule>): Step<State>[] {
  const found: Step<State>[] = [];
  const print = JSON.stringify(state);
  const on = (rule: Rule) => !off.has(rule);
  /** Another state, told in words; the change is made on a copy. */
  const then = (label: string, change: (next: State) => void) => {
    const next = JSON.parse(print) as State;
    change(next);
    found.push({ label, state: next });
  };
  const trouble = (name: Trouble, label: string, change: (next: State) => void) => {
    if (state.budget[name] === 0) return;
    then(label, (next) => {
      next.budget[name] -= 1;
      change(next);
    });
  };

  ovh(state, then, trouble);
  for (const attempt of state.attempts) {
    if (state.run?.phase === 'create' && !attempt.orphan) attempts(state, attempt, on, then, trouble);
    else forgotten(attempt, on, then);
  }
  if (state.run) workflow(state, state.run, on, then, trouble);
  else people(state, then);
  if (state.script[0] === 'reap') reaper(state, on, then);
  return found;
}

type Then = (label: string, change: (next: State) => void) => void;
type TroubleThen = (name: Trouble, label: string, change: (next: State) => void) => void;

/** OVH applies what it was sent, sooner or later, and its lists catch up. */
function ovh(state: State, then: Then, trouble: TroubleThen): void {
  state.flights.forEach((flight, index) => {
    if (flight.kind === 'delete') {
      then(`OVH deletes ${flight.thing}`, (next) => {
        next.flights.splice(index, 1);
        const thing = next.things.find(({ id }) => id === flight.thing);
        if (thing) thing.alive = false;
      });
      return;
    }
    const apply = (next: State, copies = 1, listed = true): number => {
      next.flights.splice(index, 1);
      const first = next.things.length;
      for (let copy = 0; copy < copies; copy += 1)
        next.things.push({ id: first + copy, alive: true, listed });
      return first;
    };
    const answer = (next: State, id: number) => {
      const waiting = next.attempts.find(({ number, at }) => number === flight.waits && at === 'sent');
      if (waiting) Object.assign(waiting, { at: 'answered', id });
    };
    const lose = (next: State) => {
      const waiting = next.attempts.find(({ number, at }) => number === flight.waits && at === 'sent');
      if (waiting) retry(next, waiting, true);
    };
    if (flight.waits === null) {
      then('OVH applies a POST that nobody waits for', (next) => apply(next));
      then('OVH never applies a POST that nobody waits for', (next) => next.flights.splice(index, 1));
      return;
    }
    then('OVH makes it and answers', (next) => answer(next, apply(next)));
    trouble('lag', 'OVH makes it and answers, but lists do not show it yet', (next) =>
      answer(next, apply(next, 1, false)),
    );
    trouble('lose', 'OVH makes it, and the answer is lost', (next) => {
      apply(next, 1, next.budget.lag === 0);
      lose(next);
    });
    trouble('late', 'no answer, and OVH has not made it yet', (next) => {
      const late = next.flights[index];
      if (late) late.waits = null;
      lose(next);
    });
    trouble('duplicate', 'OVH makes two and answers with one', (next) => answer(next, apply(next, 2)));
    trouble('hiddenTwin', 'OVH makes two and answers with one, and lists show neither yet', (next) =>
      answer(next, apply(next, 2, false)),
    );
    trouble('refuse', 'OVH refuses', (next) => {
      next.flights.splice(index, 1);
      const waiting = next.attempts.find(({ number }) => number === flight.waits);
      if (waiting && next.run && !waiting.replaced) fail(next, 'refused');
      next.attempts = next.attempts.filter((each) => each !== waiting);
    });
  });
  if (state.things.some(({ listed }) => !listed))
    then('lists catch up', (next) => {
      for (const thing of next.things) thing.listed = true;
    });
}

/** An attempt of the create, as `createOnce` does it. */
function attempts(
  state: State,
  attempt: Attempt,
  on: (rule: Rule) => boolean,
  then: Then,
  trouble: TroubleThen,
): void {
  const { number } = attempt;
  const me = (next: State) => next.attempts.find((each) => each.number === number) as Attempt;
  const who = `attempt ${number}`;
  if (attempt.at === 'begin') {
    // Where nothing was there the baseline is the first look; a first attempt that was left lying looks again.
    if (attempt.fresh && state.run?.baseline.length === 0)
      then(`${who} trusts the baseline`, (next) => {
        me(next).at = 'looked';
      });
    const mayLook = !attempt.unclear || !on('settle') || isSettled(state);
    if (mayLook)
      then(`${who} looks`, (next) => {
        const seen = on('look') ? next.things.find(({ listed, alive }) => listed && alive) : undefined;
        if (seen && !attempt.replaced) created(next, seen.id, attempt.unclear);
        else if (seen) next.attempts = next.attempts.filter((each) => each.number !== number);
        else me(next).at = 'looked';
      });
    if (!attempt.replaced) {
      trouble('lookFails', `a look of ${who} fails`, (next) => {
        if (!on('patientLooks')) fail(next, 'for nothing');
      });
      trouble('keyExpires', `the credential of ${who} has expired`, (next) => {
        if (!on('patientKeys')) fail(next, 'for nothing');
      });
    }
  }
  if (attempt.at === 'looked') send(attempt, state, on, then);
  if (attempt.at === 'answered' && !attempt.replaced) {
    then(`the answer of ${who} is in history`, (next) =>
      created(next, attempt.id as number, attempt.unclear),
    );
    if (!on('history'))
      trouble('error', 'the instance ends in ERROR before its id is in history', (next) => {
        next.attempts = next.attempts.filter((each) => each.number !== number);
        fail(next, 'in-error');
      });
  }
  if (attempt.replaced) return;
  trouble('crash', `the worker of ${who} dies`, (next) => {
    for (const flight of next.flights) if (flight.waits === number) flight.waits = null;
    retry(next, me(next), true);
  });
  if (attempt.at !== 'sent')
    trouble('pause', `the worker of ${who} stands still, and is replaced`, (next) => {
      me(next).replaced = true;
      next.attempts.push(another(attempt, true));
    });
  // Temporal's TRY_CANCEL: the workflow goes on, whatever the attempt does.
  if (state.run?.cancelled && !on('waitForAct'))
    then('the workflow does not wait for the act', (next) => {
      for (const each of next.attempts) each.replaced = true;
      fail(next, 'cancelled');
    });
}

/** Between the fence and the signature nothing comes between. */
function send(attempt: Attempt, state: State, on: (rule: Rule) => boolean, then: Then): void {
  const stops = attempt.replaced || (state.run?.cancelled === true && state.run.phase === 'create');
  const who = `attempt ${attempt.number}`;
  if (on('fence') && stops) {
    then(`${who} hears that it no longer counts, and sends nothing`, (next) => {
      next.attempts = next.attempts.filter(({ number }) => number !== attempt.number);
      if (!attempt.replaced) {
        if (next.run && attempt.unclear) next.run.unclear = true;
        fail(next, 'cancelled');
      }
    });
    return;
  }
  then(`${who} posts`, (next) => {
    next.flights.push({ kind: 'post', waits: attempt.number });
    const self = next.attempts.find(({ number }) => number === attempt.number);
    if (self) self.at = 'sent';
  });
}

/** Attempts of a run that has gone on without them, or was terminated. */
function forgotten(attempt: Attempt, on: (rule: Rule) => boolean, then: Then): void {
  const gone = (next: State) => {
    next.attempts = next.attempts.filter(({ number }) => number !== attempt.number);
    for (const flight of next.flights) if (flight.waits === attempt.number) flight.waits = null;
  };
  if (attempt.at === 'looked' && (attempt.orphan || !on('fence')))
    then(`attempt ${attempt.number} wakes up and posts`, (next) => {
      gone(next);
      next.flights.push({ kind: 'post', waits: null });
    });
  else then(`attempt ${attempt.number} wakes up and stops`, gone);
}

/** The workflow between its activities. */
function workflow(
  state: State,
  run: Run,
  on: (rule: Rule) => boolean,
  then: Then,
  trouble: TroubleThen,
): void {
  const me = (next: State) => next.run as Run;
  const isOpen = run.phase !== 'closed';
  if (isOpen && !run.cancelled && run.phase !== 'undo')
    trouble('cancel', 'somebody cancels', (next) => {
      me(next).cancelled = true;
    });
  if (isOpen) {
    trouble('terminate', 'somebody terminates the run', (next) => close(next, 'terminated'));
    if (!on('noTimeout'))
      trouble('timeout', 'the time-out of the run strikes', (next) => close(next, 'terminated'));
  }
  const seen = (next: State) =>
    next.things.filter(({ listed, alive }) => listed && alive).map(({ id }) => id);
  switch (run.phase) {
    case 'baseline': {
      if (run.cancelled) {
        then('cancelled before anything was done', (next) => {
          me(next).before = next.things.filter(({ alive }) => alive).map(({ id }) => id);
          close(next, 'failed');
        });
        return;
      }
      const afterTermination = state.past.at(-1)?.outcome === 'terminated' && on('afterTermination');
      if (afterTermination && !isSettled(state)) return;
      then('takes the baseline', (next) => {
        me(next).before = next.things.filter(({ alive }) => alive).map(({ id }) => id);
        me(next).baseline = on('baseline') ? seen(next) : [];
        me(next).phase = run.request === 'destroy' ? 'delete' : 'create';
        if (run.request === 'provision') next.attempts.push(first(state));
      });
      return;
    }
    case 'create':
      return;
    case 'count': {
      if (run.cancelled) {
        then('the cancel is heard before the count', (next) => fail(next, 'cancelled'));
        return;
      }
      trouble('error', 'the instance ends in ERROR', (next) => fail(next, 'in-error'));
      const known = [...run.baseline, ...run.history];
      const showsOurs = known.every((id) => state.things.some((thing) => thing.id === id && thing.listed));
      if (
        on('count') &&
        ((on('ownShown') && !showsOurs) || (run.unclear && on('settle') && !isSettled(state)))
      )
        return;
      then('counts, and is done', (next) => {
        if (on('count'))
          for (const thing of next.things) if (thing.listed && !known.includes(thing.id)) thing.alive = false;
        close(next, 'completed');
      });
      return;
    }
    case 'undo': {
      if (run.failure === 'cancelled' && !on('cancelUndoes')) {
        then('ends without undoing', (next) => close(next, 'failed'));
        return;
      }
      const hides = state.things.some(({ id, listed }) => run.history.includes(id) && !listed);
      if (hides && on('ownShown')) return;
      if (run.unclear && on('settle') && on('converge') && !isSettled(state)) return;
      then('undoes', (next) => {
        const goes = new Set([...me(next).history, ...seen(next)]);
        const kept = on('baseline') ? me(next).baseline : [];
        for (const thing of next.things)
          if (goes.has(thing.id) && !kept.includes(thing.id)) thing.alive = false;
        close(next, 'failed');
      });
      return;
    }
    case 'delete':
      destroy(state, run, on, then);
      return;
    case 'closed':
  }
}

/** A destroy asks for one thing after the other, and looks until all are gone. */
function destroy(state: State, run: Run, on: (rule: Rule) => boolean, then: Then): void {
  const mayStop = !run.deleting || !on('destroyFinishes');
  if (run.cancelled && mayStop) {
    then('the destroy is cancelled', (next) => close(next, 'failed'));
    return;
  }
  const asked = new Set(state.flights.filter(({ kind }) => kind === 'delete').map(({ thing }) => thing));
  const there = state.things.filter(({ alive, listed }) => alive && listed);
  for (const { id } of there)
    if (!asked.has(id))
      then(`asks OVH to delete ${id}`, (next) => {
        next.flights.push({ kind: 'delete', thing: id, waits: null });
        (next.run as Run).deleting = true;
      });
  if (there.length === 0) then('OVH says 404 for everything', (next) => close(next, 'completed'));
}

/** Somebody asks for the next thing, once nothing runs on the node. */
function people(state: State, then: Then): void {
  const [request] = state.script;
  if (request === undefined || request === 'reap') return;
  then(`somebody asks for a ${request}`, (next) => {
    next.script.shift();
    next.run = {
      request,
      phase: 'baseline',
      before: [],
      baseline: [],
      history: [],
      unclear: false,
      cancelled: false,
      failure: null,
      outcome: null,
      deleting: false,
    };
  });
}

/** Deletes what carries the mark and nobody wants. Under the node's id nothing else can run. */
function reaper(state: State, on: (rule: Rule) => boolean, then: Then): void {
  if (on('reapAsks') && (state.run || !isSettled(state))) return;
  then('reaps', (next) => {
    next.script.shift();
    const wanted = wantedBy(next.past);
    for (const thing of next.things) {
      if (!thing.listed || !thing.alive) continue;
      // Without Temporal's word all that a young run has made looks left over.
      if (
        !on('reapAsks')
          ? next.past.every(({ history }) => !history.includes(thing.id))
          : !wanted.has(thing.id)
      )
        thing.alive = false;
    }
  });
}

/** What the runs since the last completed destroy that succeeded name. */
function wantedBy(past: readonly Run[]): Set<number> {
  const wanted = new Set<number>();
  for (const { request, outcome, history, baseline } of past) {
    if (outcome !== 'completed') continue;
    if (request === 'destroy') wanted.clear();
    else for (const id of [...baseline, ...history]) wanted.add(id);
  }
  return wanted;
}

/** Nothing is late, nobody forgotten still acts, and lists show everything: the settle window is long enough for that. */
export function isSettled({ flights, things, attempts: all, run }: State): boolean {
  const counts = (number: number | null) => all.some((each) => each.number === number && !isForgotten(each));
  const isAwaited = ({ kind, waits }: Flight) => (kind === 'delete' ? run?.deleting === true : counts(waits));
  return (
    flights.every(isAwaited) && all.every(({ orphan }) => !orphan) && things.every(({ listed }) => listed)
  );
}

/** Nobody asks for anything more, nothing runs, and nothing is on its way. */
function isOver(state: State): boolean {
  return (
    state.script.length === 0 &&
    state.run === null &&
    state.attempts.length === 0 &&
    state.flights.length === 0 &&
    isSettled(state)
  );
}

/** At the end of a story: exactly what was asked for, or what was there before. */
export function whatIsWrong(state: State): string | undefined {
  if (!isOver(state)) return undefined;
  const { things, past } = state;
  const alive = things.filter((thing) => thing.alive).map(({ id }) => id);
  const last = past.at(-1);
  if (past.some(({ failure }) => failure === 'for nothing')) return 'a run failed though nothing was refused';
  // A run that was terminated could not undo anything: what it left is for the next run, or for the reaper.
  if (!last || last.outcome === 'terminated') return undefined;
  const asked = last.request === 'destroy' ? [] : [...new Set(last.history)];
  const expected = last.outcome === 'completed' ? asked : last.before;
  const missing = expected.filter((id) => !alive.includes(id));
  const extra = alive.filter((id) => !expected.includes(id));
  if (missing.length > 0) return `${missing.join()} is missing`;
  if (extra.length > 0) return `${extra.join()} is one too many`;
  return undefined;
}

function created(next: State, id: number, unclear: boolean): void {
  const run = next.run as Run;
  next.attempts = next.attempts.filter(isForgotten);
  run.history.push(id);
  run.unclear ||= unclear;
  run.phase = 'count';
}

/** A retry of the activity; after a cancel Temporal makes none, and the outcome stays unclear. */
function retry(next: State, attempt: Attempt, unclear: boolean): void {
  next.attempts = next.attempts.filter(({ number }) => number !== attempt.number);
  if (isForgotten(attempt) || !next.run) return;
  if (next.run.cancelled) {
    next.run.unclear = true;
    fail(next, 'cancelled');
  } else next.attempts.push(another(attempt, unclear));
}

function first({ attempts: before, flights }: State): Attempt {
  const taken = [...before.map((each) => each.number), ...flights.map(({ waits }) => waits ?? 0)];
  const number = Math.max(0, ...taken) + 1;
  return { number, at: 'begin', replaced: false, orphan: false, unclear: false, fresh: true, id: null };
}

function another({ number }: Attempt, unclear: boolean): Attempt {
  return { number: number + 1, at: 'begin', replaced: false, orphan: false, unclear, fresh: false, id: null };
}

const isForgotten = ({ replaced, orphan }: Attempt) => replaced || orphan;

function fail(next: State, failure: Run['failure']): void {
  const run = next.run as Run;
  next.attempts = next.attempts.filter(isForgotten);
  run.failure = failure;
  run.phase = 'undo';
}

function close(next: State, outcome: Run['outcome']): void {
  const run = next.run as Run;
  next.past.push({ ...run, phase: 'closed', outcome });
  // What a terminated run had under way goes on: its worker does not know.
  if (outcome === 'terminated') for (const attempt of next.attempts) attempt.orphan = !attempt.replaced;
  next.run = null;
}
