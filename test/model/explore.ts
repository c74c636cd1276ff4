/** A protocol that can be explored: its states are plain data. */
interface Protocol<State> {
  /** Everything that can happen next. */
  steps(state: State): Step<State>[];
  /** In a few words what is bad about a state; undefined where nothing is. */
  whatIsWrong(state: State): string | undefined;
}

export interface Step<State> {
  label: string;
  state: State;
}

interface Exploration {
  states: number;
  /** The shortest story that ends badly. */
  broken: { why: string; trace: string[] } | undefined;
}

/** Every story from here on, breadth first, so that the first that ends badly is a shortest one. */
export function explore<State>(
  initial: State,
  { steps, whatIsWrong }: Protocol<State>,
  bound = 2_000_000,
): Exploration {
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
      const why = whatIsWrong(node.state);
      if (why !== undefined) return { states: seen.size, broken: { why, trace: traceOf(node) } };
      for (const { label, state } of steps(node.state)) {
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
