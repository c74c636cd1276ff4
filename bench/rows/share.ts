import type { Bench } from '../row.ts';
import { activitiesOf, eventsOf, workflowTasksOf } from '../support/histories.ts';
import { provision, specsOf } from '../support/nodes.ts';
import { instantOvh, onStage } from '../support/stage.ts';

const NODES = 50;
const PROJECTS = 20;

export const share: Bench = {
  name: 'share',
  about: 'how evenly two workers side by side share the tasks',
  async run() {
    const simulator = { ...instantOvh, latencyMs: 50 };
    const env = { MOORING_MUTATIONS_PER_SECOND: '10000' };
    return onStage({ simulator, projects: PROJECTS, workers: 2, env }, async (stage) => {
      const { runs } = await provision(stage.mooring, specsOf('share', NODES, stage.projects));
      const activities = new Map<string, number>();
      const workflowTasks = new Map<string, number>();
      const histories = await Promise.all(runs.map((run) => eventsOf(stage.temporal.client, run)));
      for (const events of histories) {
        for (const { identity } of activitiesOf(events)) count(activities, identity);
        for (const identity of workflowTasksOf(events)) count(workflowTasks, identity);
      }
      return [row('activities', activities), row('workflow tasks', workflowTasks)];
    });
  },
};

function count(tasks: Map<string, number>, identity: string): void {
  tasks.set(identity, (tasks.get(identity) ?? 0) + 1);
}

function row(what: string, tasks: Map<string, number>) {
  const [fewer = 0, more = 0] =
    tasks.size < 2 ? [0, ...tasks.values()] : [...tasks.values()].sort((a, b) => a - b);
  return {
    name: `two workers, ${what} of ${NODES} nodes`,
    ours: `${fewer} by one`,
    beside: `${more} by the other`,
    ratio: fewer / more,
    aim: '≥ 0.80',
  };
}
