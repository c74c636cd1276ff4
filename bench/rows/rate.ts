import type { Run } from '../../src/client/index.ts';
import type { NodeSpec } from '../../src/contract/index.ts';
import type { Bench } from '../row.ts';
import { startBare, type BareWorker } from '../support/bare.ts';
import { activitiesOf, eventsOf } from '../support/histories.ts';
import { provision, specsOf } from '../support/nodes.ts';
import { processorMsOf } from '../support/processor.ts';
import { instantOvh, onStage, type Stage } from '../support/stage.ts';

/** Of the bare workflow. */
const ACTIVITIES = 9;
/** The pace of one consumer key is OVH's; so many keys are never what one waits for. */
const PROJECTS = 25;

export const rate: Bench = {
  name: 'rate',
  about:
    'nodes a second from an OVH that answers at once, beside bare workflows with as many activities: ones that do nothing, and ones that make the calls and nothing else',
  async run({ quick, tell }) {
    const count = quick ? 50 : 1000;
    const env = {
      MOORING_MUTATIONS_PER_SECOND: '10000',
      MOORING_FIRST_LOOK: 'instance=1ms,volume=1ms,attach=1ms',
    };
    return onStage({ simulator: instantOvh, projects: 2 * PROJECTS, env }, async (stage) => {
      const [our, their] = [stage.projects.slice(0, PROJECTS), stage.projects.slice(PROJECTS)];
      const worker = await startBare(stage);
      try {
        const kinds: Record<'ours' | 'bare' | 'plain', (prefix: string, many: number) => Promise<unknown>> = {
          bare: async (prefix, many) => together(many, (index) => bareNode(worker, `${prefix}-${index}`)),
          plain: async (prefix, many) =>
            together(many, (index) => plainNode(worker, their[index % PROJECTS] ?? '', `${prefix}-${index}`)),
          ours: async (prefix, many) => nodes(stage, specsOf(prefix, many, our)),
        };
        for (const [kind, act] of Object.entries(kinds)) await act(`warm-${kind}`, PROJECTS);
        // There and back again: the later it is, the more the server has to carry for each.
        const pids = {
          server: stage.server.pid,
          worker: stage.workers[0]?.pid ?? 0,
          'bare worker': worker.pid,
          'simulator and client': process.pid,
        };
        const seconds = { bare: 0, plain: 0, ours: 0 };
        const used = {
          bare: new Map<string, number>(),
          plain: new Map<string, number>(),
          ours: new Map<string, number>(),
        };
        for (const kind of ['bare', 'plain', 'ours', 'ours', 'plain', 'bare'] as const) {
          const [began, before] = [performance.now(), await processorMsOf(pids)];
          await kinds[kind](`${kind}-${Math.round(began)}`, count / 2);
          seconds[kind] += (performance.now() - began) / 1000;
          for (const [name, ms] of await processorMsOf(pids))
            used[kind].set(name, (used[kind].get(name) ?? 0) + (ms - (before.get(name) ?? 0)) / count);
        }
        for (const [kind, each] of Object.entries(used))
          tell(`  processor for each of ${kind}: ${inMs(each)}`);
        const [ours, bare, plain] = [count / seconds.ours, count / seconds.bare, count / seconds.plain];
        const row = { ours: `${ours.toFixed(1)} nodes/s` };
        return [
          {
            ...row,
            name: `${count} nodes, OVH instant`,
            beside: `bare workflows ${bare.toFixed(1)}/s`,
            ratio: ours / bare,
            aim: '≥ 0.85',
          },
          {
            ...row,
            name: 'the same beside the floor',
            beside: `their calls alone ${plain.toFixed(1)}/s, ${(plain / bare).toFixed(2)} of bare`,
            ratio: ours / plain,
            aim: 'near 1',
          },
        ];
      } finally {
        await worker.stop();
      }
    });
  },
};

function inMs(used: Map<string, number>): string {
  return [...used].map(([name, ms]) => `${name} ${ms.toFixed(0)} ms`).join(', ');
}

async function nodes(stage: Stage, specs: NodeSpec[]): Promise<void> {
  const { runs } = await provision(stage.mooring, specs);
  const events = await eventsOf(stage.temporal.client, runs[0] as Run);
  const activities = activitiesOf(events).length;
  if (activities !== ACTIVITIES)
    throw new Error(`a node has ${activities} activities: bench/bare/workflow.ts must have as many`);
}

async function together(count: number, act: (index: number) => Promise<unknown>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => act(index)));
}

async function bareNode(worker: BareWorker, id: string): Promise<unknown> {
  const run = await worker.start('bareNode', id);
  return run.result();
}

async function plainNode(worker: BareWorker, project: string, id: string): Promise<unknown> {
  const run = await worker.start('plainNode', id, [project, id]);
  return run.result();
}
