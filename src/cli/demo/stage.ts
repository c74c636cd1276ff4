import type { Mooring, Run } from '../../client/index.ts';
import type { Node, NodeSpec } from '../../contract/index.ts';
import { paintFor, type Paint } from '../colour.ts';
import type { EmbeddedStack } from '../embedded-stack.ts';
import { follow } from '../follow.ts';
import { nodeResult } from '../show-node.ts';
import { standardOutput } from '../standard-output.ts';
import { uiLink } from '../ui-link.ts';
import type { View } from '../view.ts';
import { progressView } from '../watch-run.ts';
import type { Checks } from './checks.ts';

/** Where the demo plays: what runs, what is seen, what is claimed. */
export class Stage {
  readonly stack: EmbeddedStack;
  readonly checks: Checks;
  readonly paint: Paint;
  #color: boolean;

  constructor({ stack, checks, color }: { stack: EmbeddedStack; checks: Checks; color: boolean }) {
    this.stack = stack;
    this.checks = checks;
    this.#color = color;
    this.paint = paintFor(process.stdout, { color });
  }

  say(text = ''): void {
    standardOutput.write(`${text}\n`);
  }

  chapter(title: string, ...sentences: string[]): void {
    this.say(`\n${this.paint('bold', title)}`);
    for (const sentence of sentences) this.say(sentence);
    this.say();
  }

  /** Asks for a node and shows how it comes to be, and the link to this very run. */
  async provision(
    mooring: Mooring,
    spec: NodeSpec,
  ): Promise<{ run: Run<Node>; node: Promise<Node>; view: View }> {
    const run = await mooring.start('provisionNodeWithVolume', spec);
    const { workflowId, runId } = run;
    const { uiUrl } = this.stack.server;
    const link = uiUrl && uiLink(uiUrl, { namespace: mooring.namespace, workflowId, runId });
    const view = progressView(process.stdout, this.#color);
    const node = follow(run, {
      views: [view],
      ...(link && { headline: this.paint('dim', `this run in the Temporal UI: ${link}`) }),
    });
    // A chapter that fails before it looks at the node must not end the program from aside.
    node.catch(() => undefined);
    return { run, node, view };
  }

  show(node: Node): void {
    this.say(`\n${nodeResult(node).table}`);
  }
}
