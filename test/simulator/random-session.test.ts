import fc from 'fast-check';
import { expect, test } from 'vitest';
import { switchPositions, type Switches } from '../../src/simulator/index.ts';
import { errorViolations, operationFor, violations } from './conformance.ts';
import { createBench, type Answer, type Bench } from './support.ts';

/*
 * Whatever anybody asks, in whatever order and with whatever nonsense in it: every answer conforms, none is a 500,
 * and what exists never contradicts itself.
 */

interface Step {
  method: string;
  path: string;
  body?: Record<string, unknown>;
  /** Milliseconds that pass before it. */
  after: number;
  /** What of the body is spoiled. */
  spoil: 'nothing' | 'strange' | 'missing' | 'type';
  pick: [instance: number, volume: number];
}

const names = fc.constantFrom('a', 'b', '', 'ü');
const acts = fc.oneof(
  fc.record({
    method: fc.constant('POST'),
    path: fc.constantFrom('/volume/$volume/attach', '/volume/$volume/detach', '/volume/$volume/attach'),
    body: fc.constant({ instanceId: '$instance' }),
  }),
  fc.record({
    method: fc.constant('POST'),
    path: fc.constant('/instance'),
    body: fc.record({
      name: names,
      region: fc.constantFrom('GRA11', 'GRA11', 'GRA11', 'SBG5', 'EU-WEST-PAR', 'XXX1'),
      flavorId: fc.constantFrom('$flavor', '$flavor', '$flavor', '$windows', 'none'),
      imageId: fc.constantFrom('$image', '$image', '$image', 'none', null),
      monthlyBilling: fc.constantFrom(true, false, null, null),
    }),
  }),
  fc.record({
    method: fc.constant('POST'),
    path: fc.constant('/volume'),
    body: fc.record({
      name: names,
      region: fc.constantFrom('GRA11', 'GRA11', 'SBG5', 'EU-WEST-PAR'),
      size: fc.constantFrom(5, 10, 10, 20, 400, 9000, 1.5),
      type: fc.constantFrom('classic', 'high-speed', 'high-speed-gen2', 'classic-multiattach', 'slow'),
    }),
  }),
  fc.record({ method: fc.constantFrom('GET', 'DELETE', 'PUT'), path: fc.constant('/instance/$instance') }),
  fc.record({ method: fc.constantFrom('GET', 'DELETE'), path: fc.constant('/volume/$volume') }),
  fc.record({
    method: fc.constant('POST'),
    path: fc.constant('/volume/$volume/upsize'),
    body: fc.record({ size: fc.constantFrom(10, 20, 30, 5000) }),
  }),
  fc.record({
    method: fc.constant('POST'),
    path: fc.constantFrom('/instance/$instance/start', '/instance/$instance/stop'),
  }),
  fc.record({
    method: fc.constant('POST'),
    path: fc.constant('/instance/$instance/reboot'),
    body: fc.record({ type: fc.constantFrom('soft', 'hard', 'warm') }),
  }),
  fc.record({
    method: fc.constant('GET'),
    path: fc.constantFrom(
      '/instance',
      '/volume?region=GRA11',
      '/quota',
      '/flavor?region=SBG5',
      '/volume?x=1',
      '/nothing',
    ),
  }),
);

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc
    .tuple(
      acts,
      fc.record({
        after: fc.constantFrom(0, 0, 1, 300, 800, 1000, 3000),
        spoil: fc.oneof(
          { arbitrary: fc.constant('nothing' as const), weight: 12 },
          { arbitrary: fc.constantFrom('strange' as const, 'missing' as const, 'type' as const), weight: 1 },
        ),
        pick: fc.tuple(fc.nat(), fc.nat()),
      }),
    )
    .map(([act, how]) => ({ ...act, ...how })),
  { minLength: 20, maxLength: 60 },
);

const switches = fc.record(
  Object.fromEntries(
    Object.entries(switchPositions).map(([name, positions]) => [name, fc.constantFrom(...positions)]),
  ),
) as unknown as fc.Arbitrary<Switches>;

test('no order of calls makes a wrong answer or an impossible state', { timeout: 120_000 }, async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(steps, switches, fc.constantFrom(0, 900), async (session, positions, listLagMs) => {
      const quota = { maxInstances: 3, maxVolumeCount: 4, maxGigabytes: 60 };
      const bench = createBench({ listLagMs, quota, switches: { ...positions, instanceForm: 'both' } });
      const [flavors, images] = [await bench.ok('GET', '/flavor'), await bench.ok('GET', '/image')];
      await bench.availableVolume();
      await bench.activeInstance();
      bench.caller.onAnswer = check;
      for (const step of session) {
        bench.clock.advance(step.after);
        const { path, body } = fill(step, bench, flavors, images);
        const { status } = await bench.caller.project(step.method, path, body);
        expect(impossible(bench)).toEqual([]);
        const kind = `${status} ${step.method} ${step.path.replace(/\?.*/, '')}`;
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
      }
      expect(await counted(bench)).toEqual(existing(bench));
    }),
    { numRuns: 100 },
  );
  const counts = [...seen.values()];
  console.info(
    `random sessions: ${counts.reduce((sum, each) => sum + each, 0)} calls, ${seen.size} kinds of answers`,
  );
});

function check(method: string, path: string, { status, text, body }: Answer): void {
  const operation = operationFor(method, path);
  const isVoid = operation?.returns === 'void' && text === '';
  const wrong =
    status >= 400
      ? errorViolations(status, body)
      : isVoid
        ? []
        : violations(body, operation?.returns ?? 'unknown');
  expect({ method, path, wrong, isServerError: status >= 500 }).toEqual({
    method,
    path,
    wrong: [],
    isServerError: false,
  });
}

/** Puts real ids in their places, then spoils what is to be spoiled. */
function fill(step: Step, { simulator }: Bench, flavors: any[], images: any[]) {
  const { instances, volumes } = simulator.state();
  const region = step.body?.['region'];
  const ids: Record<string, string | undefined> = {
    $instance: instances[step.pick[0] % Math.max(1, instances.length)]?.id,
    $volume: volumes[step.pick[1] % Math.max(1, volumes.length)]?.id,
    $flavor: flavors.find((each) => each.region === region && each.osType === 'linux')?.id,
    $windows: flavors.find((each) => each.region === region && each.osType === 'windows')?.id,
    $image: images.find((each) => each.region === region && each.status === 'active')?.id,
  };
  const real = (value: unknown) =>
    typeof value === 'string' && value.startsWith('$') ? (ids[value] ?? 'gone') : value;
  const path = step.path.replace(/\$\w+/, (name) => ids[name] ?? 'gone');
  const body: Record<string, unknown> = Object.fromEntries(
    Object.entries(step.body ?? {}).map(([key, value]) => [key, real(value)]),
  );
  const [first = 'instanceName'] = Object.keys(body);
  if (step.method === 'PUT') body['instanceName'] = 'renamed';
  if (step.spoil === 'strange') body['colour'] = 'red';
  if (step.spoil === 'missing') delete body[first];
  if (step.spoil === 'type') body[first] = { not: 'this' };
  const hasBody = step.method !== 'GET' && Object.keys(body).length > 0;
  return { path, body: hasBody ? body : undefined };
}

function impossible({ simulator }: Bench): string[] {
  const { instances, volumes } = simulator.state();
  const byId = new Map(instances.map((instance) => [instance.id, instance]));
  const wrongVolumes = volumes.filter(({ status, attachedTo, region }) => {
    const isHeld = ['in-use', 'detaching'].includes(status);
    const mayBeHeld = isHeld || ['extending', 'error_extending'].includes(status);
    const holders = attachedTo.map((id) => byId.get(id));
    return (
      (isHeld && attachedTo.length !== 1) ||
      (!mayBeHeld && attachedTo.length > 0) ||
      holders.some((holder) => holder?.region !== region)
    );
  });
  const wrongInstances = instances.filter(({ status, ipAddresses }) => {
    const count = (ipAddresses as unknown[]).length;
    return ['BUILD', 'ERROR'].includes(status) && count > 0;
  });
  const usable = volumes.filter(({ status }) =>
    ['available', 'attaching', 'in-use', 'detaching'].includes(status),
  );
  const isOverQuota = ['GRA11', 'SBG5'].some(
    (name) => usable.filter(({ region }) => region === name).reduce((sum, { size }) => sum + size, 0) > 60,
  );
  return [
    ...[...wrongVolumes, ...wrongInstances].map((each) => JSON.stringify(each)),
    ...(isOverQuota ? ['more gigabytes than the quota'] : []),
  ];
}

/** What the quotas say is used. */
async function counted({ ok }: Bench) {
  const quotas: any[] = await ok('GET', '/quota');
  return Object.fromEntries(
    quotas.map(({ region, instance, volume }) => [region, [instance.usedInstances, volume.volumeCount]]),
  );
}

/** What is there, errors and what is being deleted included. */
function existing({ simulator }: Bench) {
  const { instances, volumes } = simulator.state();
  const inRegion = (things: { region: string }[], name: string) =>
    things.filter(({ region }) => region === name).length;
  const regions = ['GRA11', 'SBG5', 'EU-WEST-PAR'];
  return Object.fromEntries(
    regions.map((name) => [name, [inRegion(instances, name), inRegion(volumes, name)]]),
  );
}
