import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Fault, SimulatorOptions } from '../../src/simulator/index.ts';
import { isProof, named } from '../support/proof.ts';
import { quickProgram } from '../support/quick-program.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { environmentOfAll, spawnWorker } from '../support/worker-process.ts';
import rehearsed from './golden/floating-ips.json' with { type: 'json' };
import { befalls, callsOf, callsOfDestroy, extents, rowOf, troubles } from './rows.ts';

/*
 * The fault table's rows for what only a node with a floating IP calls: afterwards OVH holds one instance, one volume and one
 * floating IP that comes in at it, or nothing. Outside of a proof the troubles come many at a time, as they do there.
 */

const simulator: SimulatorOptions = {
  ...{ bootMs: 300, volumeMs: 150, attachMs: 80, deleteMs: 80, operationMs: 150 },
};
const networks = [{ network: 'private', floatingIp: true as const }];

let stack: Stack;
const provision = async (project: TestProject) =>
  (await stack.mooring.start('provisionNodeWithVolume', project.spec({ networks }))).result();
const destroy = async (project: TestProject) =>
  (await stack.mooring.start('destroyNode', project.ref)).result();

test('the table has every call that only a node with a floating IP makes', async () => {
  const [plain, floating] = [projectFor('without'), projectFor('with')];
  const calls = async (project: TestProject, spec: object) => {
    await (await stack.mooring.start('provisionNodeWithVolume', project.spec(spec))).result();
    const provisioning = project.calls;
    await destroy(project);
    return {
      provision: callsOf(provisioning),
      destroy: callsOfDestroy(project.calls.slice(provisioning.length)),
    };
  };
  const without = await calls(plain, { networks: [{ network: 'private' }] });
  const made = await calls(floating, { networks });
  const only = (workflow: 'provision' | 'destroy') =>
    Object.fromEntries(
      Object.entries(made[workflow])
        .filter(([call]) => !(call in without[workflow]))
        // How often an operation is looked at is the machine's to say.
        .map(([call, times]) => [call, call === 'GET /operation/*' ? 1 : times]),
    );
  // A new call: `npx vitest run test/faults -u`.
  const rows = { provision: only('provision'), destroy: only('destroy') };
  await expect(`${JSON.stringify(rows, null, 2)}\n`).toMatchFileSnapshot('golden/floating-ips.json');
});

const calls = Object.entries(rehearsed).flatMap(([workflow, of]) =>
  Object.keys(of).map((call) => ({ workflow, call })),
);
interface Turn {
  name: string;
  passes: boolean;
  faults: { workflow: string; fault: Fault }[];
}
/** A network may have no gateway: lists that say so for seconds refuse what is asked for, before anything is made. */
function isBelieved(call: string, { kind }: Pick<Fault, 'kind'>): boolean {
  return call === 'GET /region/*/gateway' && ['list-incomplete', 'answer-of-another'].includes(kind);
}
const endured = Object.values(troubles).filter(({ passes }) => passes);
const often = [{ times: 1 }, { times: 1 }, { times: 3 }, { times: 1 }, { forMs: 2000 }];
const mixes = endured.map((_, turn): Turn => {
  const faults = calls.flatMap(({ workflow, call }, at) => {
    const trouble = endured[(at + turn) % endured.length] ?? endured[0];
    if (!trouble || !befalls(trouble, call)) return [];
    const extent = isBelieved(call, trouble.fault) ? extents.once : often[(at + 2 * turn) % often.length];
    return [{ workflow, fault: { ...trouble.fault, ...extent, ...rowOf(call) } }];
  });
  return { name: `each call meets a trouble of its own, turn ${turn + 1}`, passes: true, faults };
});
const single = calls.flatMap(({ workflow, call }) =>
  Object.entries(troubles)
    .filter(([, trouble]) => befalls(trouble, call))
    .flatMap(([trouble, { fault, passes }]) =>
      Object.entries(extents).map(([extent, times]): Turn => ({
        name: `${workflow}, ${call}: ${trouble}, ${extent}`,
        passes: passes && !('forMs' in times && isBelieved(call, fault)),
        faults: [{ workflow, fault: { ...fault, ...times, ...rowOf(call) } }],
      })),
    ),
);
/** What OVH refuses ends a run, once for each call. */
const refused = single.filter(({ name, passes }) => !passes && name.endsWith(', once'));

/** A third of the turns: each call meets a third of the troubles, and each trouble a third of the calls. */
const rows = isProof ? single : [...mixes.filter((_, turn) => turn % 3 === 1), ...refused];

/** A step that meets ten troubles waits twice as long after each: by production's times for minutes. */
const prepared = new Map<string, TestProject>();
const projectFor = (name: string) => prepared.get(name) ?? stack.project();
const ends: (() => Promise<void>)[] = [];
beforeAll(async () => {
  stack = await Stack.start({ simulator, settleMs: 1500, worker: isProof });
  ends.push(() => stack.stop());
  if (isProof) return;
  const quick = await quickProgram();
  ends.push(() => quick.remove());
  for (const name of ['without', 'with', ...rows.map(({ name }) => name)])
    prepared.set(name, stack.project());
  const onTestFinished = (end: () => Promise<void>) => void ends.push(end);
  spawnWorker(await environmentOfAll(stack, { onTestFinished }), { onTestFinished }, quick.main);
});
afterAll(async () => {
  for (const end of ends.toReversed()) await end();
});

test.concurrent.each(named(rows))('%s', async (name, { faults, passes }) => {
  const project = projectFor(name);
  const meets = (which: string) => {
    for (const { workflow, fault } of faults) if (workflow === which) project.fault(fault);
  };
  meets('provision');
  const [provisioned] = await Promise.allSettled([provision(project)]);
  const wanted = provisioned.status === 'fulfilled' ? 1 : 0;
  const { instances, volumes, floatingIps } = project;
  expect([instances.length, volumes.length, floatingIps.length]).toEqual([wanted, wanted, wanted]);
  expect(floatingIps.map(({ instanceId }) => instanceId)).toEqual(instances.map(({ id }) => id));
  if (passes && provisioned.status === 'rejected') throw provisioned.reason;

  meets('destroy');
  const [destroyed] = await Promise.allSettled([destroy(project)]);
  if (destroyed.status === 'fulfilled')
    expect([...project.instances, ...project.volumes, ...project.floatingIps]).toEqual([]);
  else if (passes) throw destroyed.reason;
});
