import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../src/temporal/free-ports.ts';
import { resolveTemporalBinary } from '../../src/temporal/resolve-binary.ts';

/** A `temporal` whose servers count Actions: the metric `action` counts what Temporal Cloud bills. */
export interface MeteredTemporal {
  binary: string;
  /** Actions so far, by their kind. */
  actions(): Promise<Map<string, number>>;
  remove(): Promise<void>;
}

export async function meteredTemporal(): Promise<MeteredTemporal> {
  const folder = await mkdtemp(join(tmpdir(), 'mooring-metered-'));
  const [port] = await freePorts([{ port: 0, option: '--metrics-port' }]);
  const binary = join(folder, 'temporal');
  await writeFile(binary, `#!/bin/sh\nexec "${await resolveTemporalBinary()}" "$@" --metrics-port ${port}\n`);
  await chmod(binary, 0o755);
  return {
    binary,
    async actions() {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      return parse(await response.text());
    },
    remove: () => rm(folder, { recursive: true }),
  };
}

/** What an act costs. */
export async function counted<T>(
  { actions }: MeteredTemporal,
  act: () => Promise<T>,
): Promise<{ result: T; actions: Map<string, number> }> {
  const before = await actions();
  const result = await act();
  // The metric comes a moment later.
  await sleep(1000);
  return { result, actions: since(before, await actions()) };
}

export function total(actions: Map<string, number>): number {
  return [...actions.values()].reduce((sum, count) => sum + count, 0);
}

/** What came since, `start 1, activity 9`. */
function since(before: Map<string, number>, after: Map<string, number>): Map<string, number> {
  const grown = [...after].map(([kind, count]): [string, number] => [kind, count - (before.get(kind) ?? 0)]);
  return new Map(grown.filter(([, count]) => count > 0));
}

/** `action{action_type="command_ScheduleActivityTask",…} 9`; what Temporal does for itself is in namespaces of its own. */
function parse(metrics: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const line of metrics.split('\n')) {
    const [, labels = '', count] = /^action\{(.*)\} (\S+)$/.exec(line) ?? [];
    const kind = /action_type="([^"]*)"/.exec(labels)?.[1];
    if (kind === undefined || !labels.includes('namespace="default"')) continue;
    counts.set(kind, (counts.get(kind) ?? 0) + Number(count));
  }
  return counts;
}
