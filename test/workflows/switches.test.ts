import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { switchPositions, type SwitchName } from '../../src/simulator/switches.ts';
import { isProof, named } from '../support/proof.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during } from '../support/until.ts';

/*
 * Where nobody knows what OVH does the simulator has a switch. In every position a node is built, a failure leaves
 * nothing, a cancel leaves nothing, and a destroy leaves nothing. A proof turns one switch at a time; otherwise all are
 * turned at once, each on to its next position, until each has been in every one.
 */
const names = Object.keys(switchPositions) as SwitchName[];
const alone = names.flatMap((name, index) =>
  // The first position is the usual one: all of them are had at once.
  switchPositions[name].slice(index === 0 ? 0 : 1).map((position) => ({
    name: `${name} = ${position}`,
    switches: { [name]: position },
    isLimited: name.startsWith('rateLimit'),
  })),
);
const turns = Math.max(...names.map((name) => switchPositions[name].length));
const together = Array.from({ length: turns }, (_, turn) => ({
  name: `all switches, turn ${turn + 1} of ${turns}`,
  switches: Object.fromEntries(
    names.map((name) => [name, switchPositions[name][turn % switchPositions[name].length]]),
  ),
  isLimited: true,
}));

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ settleMs: 1000 });
});
afterAll(() => stack.stop());

describe('in every position of every switch', () => {
  test.concurrent.each(named(isProof ? alone : together))('%s', async (_, { switches, isLimited }) => {
    const cloud = await stack.anotherCloud({ listLagMs: 400, rateLimit: isLimited ? 8 : 0, switches });
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
