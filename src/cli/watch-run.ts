import type { Mooring, Run } from '../client/index.ts';
import { askOnInterrupt } from './ask.ts';
import { paintFor } from './colour.ts';
import { formatOf, type WaitOptions } from './command-options.ts';
import { follow } from './follow.ts';
import { LiveView } from './live-view.ts';
import { PlainView } from './plain-view.ts';
import { standardOutput, whileWatched } from './standard-output.ts';
import { StreamView } from './stream-view.ts';
import { uiLink } from './ui-link.ts';
import { MOORING_VERSION } from '../worker/version.ts';
import type { View } from './view.ts';

/**
 * Watches a run as the options say: a step table on a terminal, lines elsewhere, events on standard output for `jsonl`.
 * `act` says what the run does, in words: `provisioning of node.main.GRA11.web-1`.
 */
export async function watchRun<T>(
  mooring: Mooring,
  run: Run<T>,
  { act, ...options }: WaitOptions & { act: string },
): Promise<T> {
  const result = await whileWatched(run.workflowId, () =>
    follow(run, {
      headline: headline(mooring, run),
      views: viewsFor(run, options),
      timeoutMs: options.timeout,
      whenInterrupted: askOnInterrupt(act),
    }),
  );
  // On a terminal the result comes right below the table.
  if (!options.quiet && process.stderr.isTTY) process.stderr.write('\n');
  return result;
}

/** Which run this is, and where the Temporal UI shows it. */
function headline({ namespace }: Mooring, { workflowId, runId, joined }: Run): string {
  const ui = process.env['MOORING_UI'];
  const where = ui ? uiLink(ui, { namespace, workflowId, runId }) : `run ${runId}`;
  return `${workflowId}${joined ? ' (joined, it runs already)' : ''}: ${where}`;
}

function viewsFor(run: Run, options: WaitOptions): View[] {
  const views: View[] = [];
  if (formatOf(options) === 'jsonl') views.push(new StreamView(standardOutput, ids(run), MOORING_VERSION));
  if (!options.quiet) views.push(progressView(process.stderr, options.color));
  return views;
}

/** What fits the stream: drawn over itself on a terminal, else one line per change. */
export function progressView(stream: NodeJS.WriteStream, color = true): View {
  const drawable = stream.isTTY && process.env['TERM'] !== 'dumb';
  return drawable ? new LiveView(stream, paintFor(stream, { color })) : new PlainView(stream);
}

function ids({ workflowId, runId }: Run): { workflowId: string; runId: string } {
  return { workflowId, runId };
}
