import type { Run } from '../../src/client/index.ts';
import type { NodeSpec } from '../../src/contract/index.ts';
import { required } from '../../src/contract/required.ts';
import type { Bench } from '../row.ts';
import { startBare, type BareWorker } from '../support/bare.ts';
import { activitiesOf, eventsOf } from '../support/histories.ts';
import { provision, specsOf } from '../support/nodes.ts';
import { processorMs } from '../support/processor.ts';
import { instantOvh, onStage, type Stage } from '../support/stage.ts';

/** Of the bare workflow. */
const ACTIVITIES = 7;
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
        const kinds = {
          bare: async (prefix: string, many: number) =>
            together(many, (index) => ran(worker, 'bareNode', `${prefix}-${index}`)),
          plain: async (prefix: string, many: number) =>
            together(many, (index) => {
              const id = `${prefix}-${index}`;
              return ran(worker, 'plainNode', id, [their[index % PROJECTS], id]);
            }),
          ours: async (prefix: string, many: number) => nodes(stage, specsOf(prefix, many, our)),
        };
        for (const [kind, act] of Object.entries(kinds)) await act(`warm-${kind}`, PROJECTS);
        const pids = {
          server: required(stage.server, "the stage's own Temporal").pid,
          worker: stage.workers[0]?.pid ?? 0,
          'bare worker': worker.pid,
          'simulator and client': process.pid,
        };
        const seconds = { bare: 0, plain: 0, ours: 0 };
        // There and back again: the later it is, the more the server has to carry for each.
        for (const [turn, kind] of (['bare', 'plain', 'ours', 'ours', 'plain', 'bare'] as const).entries()) {
          const [began, before] = [performance.now(), await processorMs(pids)];
          await kinds[kind](`${kind}-${turn}`, count / 2);
          seconds[kind] += (performance.now() - began) / 1000;
          const used = [...(await processorMs(pids))].map(
            ([name, ms]) => `${name} ${(((ms - (before.get(name) ?? 0)) * 2) / count).toFixed(0)} ms`,
          );
          tell(`  processor for each of ${kind}: ${used.join(', ')}`);
        }
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

async function ran(worker: BareWorker, workflow: string, id: string, args?: unknown[]): Promise<unknown> {
  const run = await worker.start(workflow, id, args);
  return run.result();
}
