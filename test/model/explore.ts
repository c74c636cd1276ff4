import { isSettled, steps, type Rule, type State } from './protocol.ts';

export interface Exploration {
  states: number;
  /** The shortest story that ends badly. */
  broken: { why: string; trace: string[] } | undefined;
}

/** Every story from here on, breadth first, so that the first that ends badly is a shortest one. */
export function explore(initial: State, off: ReadonlySet<Rule> = new Set(), bound = 2_000_000): Exploration {
  interface Node {
    state: State;
    label: string;
    from: Node | undefined;
  }
  const seen = new Set([JSON.stringify(initial)]);
  let frontier: Node[] = [{ state: initial, label: '', from: undefined }];
  while (frontier.length > 0) {
    const next: Node[] = [];
    for (const node of frontier) {
      const why = isOver(node.state) ? whatIsWrong(node.state) : undefined;
      if (why !== undefined) return { states: seen.size, broken: { why, trace: traceOf(node) } };
      for (const { label, state } of steps(node.state, off)) {
        const print = JSON.stringify(state);
        if (seen.has(print)) continue;
        seen.add(print);
        next.push({ state, label, from: node });
      }
    }
    if (seen.size > bound) throw new Error(`more than ${bound} states`);
    frontier = next;
  }
  return { states: seen.size, broken: undefined };

  function traceOf(node: Node): string[] {
    const trace: string[] = [];
    for (let at: Node | undefined = node; at?.from; at = at.from) trace.unshift(at.label);
    return trace;
  }
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

/** Exactly what was asked for, or what was there before. */
function whatIsWrong({ things, past }: State): string | undefined {
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
