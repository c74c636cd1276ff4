import { describe, expect, test, vi } from 'vitest';
import { switchPositions } from '../../src/simulator/switches.ts';
import { Stack } from '../support/stack.ts';

/*
 * Where nobody knows what OVH does the simulator has a switch. In every position a node is built, a failure leaves
 * nothing, a cancel leaves nothing, and a destroy leaves nothing.
 */
const positions = Object.entries(switchPositions).flatMap(([name, [usual, ...others]]) =>
  [/^(attachAgain|rateLimitAnswer)$/.test(name) ? usual : undefined, ...others]
    .filter((one) => one !== undefined)
    .map((one) => [name, one] as const),
);

describe('in every position of every switch', () => {
  test.concurrent.each(positions)('%s = %s', { timeout: 90_000 }, async (name, position) => {
    const stack = await Stack.start({
      simulator: {
        listLagMs: 400,
        rateLimit: name.startsWith('rateLimit') ? 8 : 0,
        switches: { [name]: position },
      },
      settleMs: 1000,
    });
    const [built, failed, cancelled] = [stack.project(), stack.project(), stack.project()];
    const start = (project: typeof built) => stack.mooring.start('provisionNodeWithVolume', project.spec());
    failed.fault({ kind: 'volume-error', method: 'POST', path: '/volume', times: 1 });
    failed.fault({ kind: 'reset-after', method: 'POST', path: '/instance', times: 1 });

    const [node, failure, cancel] = await Promise.all([
      start(built).then((run) => run.result()),
      start(failed).then((run) => run.result().catch((error: unknown) => error)),
      start(cancelled).then(async (run) => {
        await vi.waitUntil(() => cancelled.instances.length === 1, { timeout: 30_000, interval: 20 });
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
    await stack.stop();
  });
});
