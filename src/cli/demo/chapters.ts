import { setTimeout as sleep } from 'node:timers/promises';
import { Mooring, OperationFailed, type Run } from '../../client/index.ts';
import { STEPS, type Node, type NodeSpec } from '../../contract/index.ts';
import { countPosts, holdingsOf } from './holdings.ts';
import type { Stage } from './stage.ts';

const SPECS = {
  'demo-1': spec('demo-1', { data: 20, logs: 10 }),
  'demo-2': spec('demo-2', { data: 50 }),
  'demo-3': spec('demo-3', { data: 20 }),
};

/** One node with two volumes, as it should be. */
export async function everythingGoesWell(stage: Stage): Promise<Node> {
  stage.chapter(
    '1. A node with two volumes',
    'One request becomes a run of steps. The volumes are built while the instance boots.',
  );
  const node = await provisioned(stage, SPECS['demo-1']);
  stage.show(node);
  stage.checks.record('demo-1 is one ACTIVE instance with both its volumes attached', {
    found: holdingsOf(stage.stack.simulator, 'demo-1'),
    wanted: {
      instances: [`${node.instance.id} ACTIVE`],
      volumes: ['data 20 GiB in-use', 'logs 10 GiB in-use'],
    },
  });
  return node;
}

/** OVH refuses a volume while the instance is being built already. */
export async function ovhRefuses(stage: Stage): Promise<void> {
  stage.chapter(
    '2. OVH refuses a volume',
    'The instance is under way when OVH says no to its volume. A machine without its disk is of no use: it is undone.',
  );
  const { simulator } = stage.stack;
  const instancesBefore = countPosts(simulator, '/instance');
  simulator.addFault({ method: 'POST', path: '/cloud/project/*/volume', kind: 'status', status: 400 });
  const failure = await failureOf(provisioned(stage, SPECS['demo-2']));
  stage.say(`\n${failure.type}: ${failure.message}`);
  stage.checks.record('demo-2 was refused half-way, and nothing of it is left', {
    found: {
      failure: failure.type,
      instancesAskedFor: countPosts(simulator, '/instance') - instancesBefore,
      left: failure.details?.left,
      ...holdingsOf(simulator, 'demo-2'),
    },
    wanted: { failure: 'OvhRejected', instancesAskedFor: 1, left: [], instances: [], volumes: [] },
  });
}

/** A worker dies between OVH's hearing a request and its own hearing the answer. */
export async function aWorkerDies(stage: Stage): Promise<Node> {
  stage.chapter(
    '3. A worker dies in the middle of a create',
    'OVH creates the instance, but its answer never arrives: the worker is killed (SIGKILL) while it waits.',
    'Temporal notices within 10 s that it has gone silent, and gives the step to another worker, which must not create twice.',
  );
  const { stack } = stage;
  stack.simulator.addFault({ method: 'POST', path: '/cloud/project/*/instance', kind: 'hang-after' });
  const postsBefore = countPosts(stack.simulator, '/instance');
  const node = await onMooring(stage, async (mooring) => {
    const { run, node, view } = await stage.provision(mooring, SPECS['demo-3']);
    await untilCreateHangs(stage, run);
    const { pid } = stack.worker;
    await stack.worker.kill();
    await stack.startWorker();
    view.say(stage.paint('yellow', `killed worker ${pid}; worker ${stack.worker.pid} takes over`));
    return node;
  });
  stage.show(node);
  stage.checks.record('demo-3 outlived its worker, and exactly one instance was asked for', {
    found: {
      instancesAskedFor: countPosts(stack.simulator, '/instance') - postsBefore,
      ...holdingsOf(stack.simulator, 'demo-3'),
    },
    wanted: {
      instancesAskedFor: 1,
      instances: [`${node.instance.id} ACTIVE`],
      volumes: ['data 20 GiB in-use'],
    },
  });
  return node;
}

/** Every record of every run is lost; what stands at OVH proves itself. */
export async function temporalIsLost(stage: Stage, before: { first: Node; third: Node }): Promise<void> {
  stage.chapter(
    "4. Temporal's database is thrown away",
    'Server stopped, data deleted, a new server and a new worker that know nothing. The same three requests are made again:',
    'demo-1 and demo-3 must be found at OVH without creating anything; demo-2, refused before, is accepted this time.',
  );
  const { stack } = stage;
  await stack.worker.stop();
  await stack.loseTemporal();
  await stack.startWorker();

  const postsBefore = countPosts(stack.simulator);
  const first = await provisioned(stage, SPECS['demo-1']);
  const third = await provisioned(stage, SPECS['demo-3']);
  for (const { name, outcome, instance } of [first, third])
    stage.say(`${name}: ${outcome}, the instance is still ${instance.id}`);
  stage.checks.record(
    'without its database, demo-1 and demo-3 were adopted as they stood, without one POST',
    {
      found: { ...identity(first, third), posts: countPosts(stack.simulator) - postsBefore },
      wanted: {
        ...identity({ ...before.first, outcome: 'adopted' }, { ...before.third, outcome: 'adopted' }),
        posts: 0,
      },
    },
  );
  const second = await provisioned(stage, SPECS['demo-2']);
  const { instances, volumes } = stack.simulator.state();
  stage.checks.record('demo-2 was created now, and OVH holds exactly 3 instances and 4 volumes', {
    found: { outcome: second.outcome, instances: instances.length, volumes: volumes.length },
    wanted: { outcome: 'created', instances: 3, volumes: 4 },
  });
}

function spec(name: string, volumes: Record<string, number>): NodeSpec {
  return {
    name,
    region: 'GRA11',
    flavor: 'b3-8',
    image: 'Debian 12',
    volumes: Object.entries(volumes).map(([name, size]) => ({ name, size })),
  };
}

async function provisioned(stage: Stage, spec: NodeSpec): Promise<Node> {
  return onMooring(stage, async (mooring) => (await stage.provision(mooring, spec)).node);
}

async function onMooring<T>({ stack }: Stage, act: (mooring: Mooring) => Promise<T>): Promise<T> {
  const { address, namespace } = stack.server;
  const mooring = await Mooring.connect({ address, namespace, taskQueue: 'mooring' });
  try {
    return await act(mooring);
  } finally {
    await mooring.close();
  }
}

async function failureOf(run: Promise<Node>): Promise<OperationFailed> {
  try {
    const { name, outcome } = await run;
    return new OperationFailed('OvhRejected', `${name} was ${outcome}, although OVH refused its volume`);
  } catch (error) {
    if (error instanceof OperationFailed) return error;
    throw error;
  }
}

/** OVH has the instance, our worker has not heard of it, and nothing else goes on that a kill could disturb. */
async function untilCreateHangs({ stack }: Stage, run: Run): Promise<void> {
  for (;;) {
    const { steps } = await run.progress();
    const volumeIsReady = steps.some(
      ({ step, state }) => step === STEPS.awaitVolume('data') && state === 'done',
    );
    if (volumeIsReady && holdingsOf(stack.simulator, 'demo-3').instances.length > 0) return;
    await sleep(100);
  }
}

function identity(...nodes: Node[]): { outcomes: string[]; ids: string[] } {
  return {
    outcomes: nodes.map(({ outcome }) => outcome),
    ids: nodes.flatMap(({ instance, volumes }) => [instance.id, ...volumes.map(({ id }) => id)]),
  };
}
