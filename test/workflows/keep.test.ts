import { afterAll, beforeAll, expect, test } from 'vitest';
import { NotRollingBack } from '../../src/client/index.ts';
import { cli, envOf } from '../cli/run-cli.ts';
import { Stack, type TestProject } from '../support/stack.ts';
import { during, until } from '../support/until.ts';

/* A rollback that OVH resists can be stopped by a person; what is there stays, and the failure lists it. */

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start();
});
afterAll(() => stack.stop());

/** A run whose instance ends in ERROR, and whose undo OVH resists. */
async function resisting(project: TestProject) {
  project.fault({ kind: 'instance-error', method: 'POST', path: '/instance', times: 1 });
  project.fault({ kind: 'status', status: 500, method: 'DELETE', path: '/instance/*', forMs: 60_000 });
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await during(
    run,
    () => project.volumes.length === 0 && project.changes.some((each) => each.startsWith('DELETE /instance')),
  );
  return run;
}

test.concurrent('what is left is listed, and told apart from what was undone', async () => {
  const project = stack.project();
  const run = await resisting(project);
  const [instance] = project.instances;
  await run.keep();
  await expect(run.result()).rejects.toMatchObject({
    type: 'InstanceFailed',
    message: expect.stringContaining('somebody stopped the rollback'),
    details: { left: [{ kind: 'instance', id: instance?.id }], undone: [{ kind: 'volume' }] },
  });
  expect(project.instances).toMatchObject([{ id: instance?.id, status: 'ERROR' }]);
  await expect(run.keep()).rejects.toThrow(NotRollingBack);
});

test.concurrent.each(['once the rollback is stopped', 'where the spec says keep'])(
  'what a lost answer has made is listed %s',
  async (when) => {
    const late = await Stack.start({ settleMs: 4000 });
    const project = late.project();
    project.fault({ kind: 'late', delayMs: 2500, method: 'POST', path: '/instance', times: 1 });
    // The instance has been asked for by the time at which the volume is refused.
    project.fault({ kind: 'rate-limit', retryAfter: 1, method: 'POST', path: '/volume', times: 4 });
    project.fault({ kind: 'status', status: 400, method: 'POST', path: '/volume', times: 1 });
    const isKept = when === 'where the spec says keep';
    const spec = project.spec(isKept ? { run: { onFailure: 'keep' } } : {});
    const run = await late.mooring.start('provisionNodeWithVolume', spec);
    if (!isKept)
      await until(async () =>
        run.keep().then(
          () => true,
          () => false,
        ),
      );
    const failure: unknown = await run.result().catch((error: unknown) => error);

    const [instance] = project.instances;
    expect(failure).toMatchObject({ type: 'OvhRejected', details: { left: [{ id: instance?.id }] } });
    await late.stop();
  },
);

test.concurrent('nothing is stopped while nothing is rolled back', async () => {
  const project = stack.project();
  const run = await stack.mooring.start('provisionNodeWithVolume', project.spec());
  await during(run, () => project.instances.length === 1);
  await expect(run.keep()).rejects.toThrow('nothing is being rolled back');
  await run.result();
  expect(project.instances).toHaveLength(1);
});

test.concurrent('mooring keep asks first, and says what it leaves', async () => {
  const project = stack.project();
  await resisting(project);
  const args = ['keep', 'web-1', '--project', project.alias, '--region', 'GRA11'];
  const unasked = await cli(args, envOf(stack));
  expect(unasked).toMatchObject({ code: 2, stdout: '' });
  const kept = await cli([...args, '--yes', '--json'], envOf(stack));
  expect(kept.code).toBe(0);
  expect(JSON.parse(kept.stdout)).toMatchObject({
    left: [{ kind: 'instance', id: project.instances[0]?.id }],
  });
  const again = await cli([...args, '--yes'], envOf(stack));
  expect(again.code).toBe(3);
  expect(again.stderr).toContain('nothing is being rolled back');
});
