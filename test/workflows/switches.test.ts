import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { switchPositions } from '../../src/simulator/switches.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during } from '../support/until.ts';

/*
 * Where nobody knows what OVH does the simulator has a switch. In every position a node is built, a failure leaves
 * nothing, a cancel leaves nothing, and a destroy leaves nothing.
 */
const positions = Object.entries(switchPositions).flatMap(([name, [usual, ...others]]) =>
  [/^(attachAgain|rateLimitAnswer)$/.test(name) ? usual : undefined, ...others]
    .filter((one) => one !== undefined)
    .map((one) => [name, one] as const),
);

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ settleMs: 1000 });
});
afterAll(() => stack.stop());

describe('in every position of every switch', () => {
  test.concurrent.each(positions)('%s = %s', async (name, position) => {
    const cloud = await stack.anotherCloud({
      listLagMs: 400,
      rateLimit: name.startsWith('rateLimit') ? 8 : 0,
      switches: { [name]: position },
    });
    const [built, failed, cancelled] = [stack.project(cloud), stack.project(cloud), stack.project(cloud)];
    const start = (project: TestProject) => stack.mooring.start('provisionNodeWithVolume', project.spec());
    failed.fault({ kind: 'volume-error', method: 'POST', path: '/volume', times: 1 });
    failed.fault({ kind: 'reset-after', method: 'POST', path: '/instance', times: 1 });

    const [node, failure, cancel] = await Promise.all([
      start(built).then((run) => run.result()),
      start(failed).then((run) => run.result().catch((error: unknown) => error)),
      start(cancelled).then(async (run) => {
        await during(run, () => cancelled.instances.length === 1);
        await run.cancel();
        return run.result().catch((error: unknown) => error);
      }),
    ]);
    expect(built.instances).toHaveLength(1);
    expect(built.volumes).toMatchObject([{ status: 'in-use', attachedTo: [node.instance.id] }]);
    expect(node.addresses.publicIpv4).not.toBeNull();
    expect(node.instance).toMatchObject({ flavor: 'b3-8', image: { name: 'Debian 12' } });
    expect(failure).toMatchObject({ type: 'VolumeFailed', details: { left: [] } });
    expect(cancel).toMatchObject({ type: 'Cancelled', details: { left: [] } });
    for (const project of [failed, cancelled]) expect([...project.instances, ...project.volumes]).toEqual([]);

    await (await stack.mooring.start('destroyNode', built.ref)).result();
    expect([...built.instances, ...built.volumes]).toEqual([]);
  });
});
