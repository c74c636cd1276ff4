export interface Step {
  proves: string;
  command: [program: string, ...args: string[]];
  env?: Record<string, string>;
}

const vitest = (...args: string[]): Step['command'] => ['npx', 'vitest', 'run', ...args];
const tsx = (...args: string[]): Step['command'] => ['npx', 'tsx', ...args];
/** All rows, and as long for each as a machine needs that is busy with all of them. */
const whole = { MOORING_PROOF: 'whole', MOORING_TEST_MS: '1800000' };

/** In their order; what is quick and likely to tell comes first. */
export const steps: Record<string, Step> = {
  tables: {
    proves: 'every fault and every cancel, in every call; every position of every switch',
    // Rows wait for OVH and for outages: many at once, as many as Temporal's own database bears.
    command: vitest('test/faults', 'test/workflows/switches.test.ts', '--maxConcurrency=40'),
    env: whole,
  },
  model: {
    proves: 'no story of the protocol ends badly, the largest included',
    command: vitest('test/model'),
    env: whole,
  },
  rules: {
    proves: 'every way in which lists, answers and memory may be wrong, and whatever comes from outside',
    command: vitest('test/workflows/proof.test.ts', 'test/ovh/hostile-input.test.ts'),
    env: whole,
  },
  deaths: {
    proves: "dead and sleeping workers, by production's own time-outs",
    command: vitest('test/workflows/worker-death.proof.ts'),
    env: whole,
  },
  requests: {
    proves: 'the simulator takes every request that the contract allows, but for those with a reason',
    command: vitest('test/simulator/valid-requests.proof.ts'),
    env: whole,
  },
  ansible: {
    proves: 'a playbook of somebody else makes a node on the simulator, and deletes it',
    command: vitest('test/strangers/ansible.proof.ts'),
    env: whole,
  },
  scripts: {
    proves: 'scripts in guests, each at most once, while workers, connections and sshd die',
    command: vitest('test/guest', 'test/workflows/guest'),
    env: whole,
  },
  removals: {
    proves: 'every rule is missed by a test when it is taken out',
    command: tsx('test/removals/main.ts'),
  },
  soak: {
    proves: 'random lives while workers die: OVH holds what the runs say',
    command: tsx('test/soak/main.ts', '--runs', '150'),
  },
  temporal: {
    proves: "a hundred nodes outlive Temporal's server and its database",
    command: vitest('test/chaos/temporal.proof.ts'),
    env: { ...whole, MOORING_CHAOS_NODES: '100' },
  },
  chaos: {
    proves: 'a fleet of 60 while workers die and Temporal is away',
    command: tsx('test/chaos/main.ts', '--nodes', '60'),
  },
  fleets: {
    proves: 'every cancel of a fleet of several runs, 24 random lives, and 3,000 nodes while workers die',
    command: ['sh', '-c', 'npx vitest run test/fleets && npx tsx test/fleets/main.ts --nodes 3000'],
    env: whole,
  },
  upgrade: {
    proves: "an earlier version's runs are finished by this one",
    command: tsx('test/upgrade/main.ts'),
  },
  package: {
    proves: 'an empty project installs the package, compiles against it and provisions',
    command: tsx('test/package/consumer.ts'),
  },
  dashboards: {
    proves: 'each panel shows something of a worker that Prometheus asks (where there is prometheus)',
    command: vitest('test/deploy/dashboards.proof.ts'),
    env: whole,
  },
  containers: {
    proves: 'the image and the Compose file, while what it consists of is killed (where Docker can be had)',
    command: tsx('test/containers/main.ts'),
  },
  fuzz: {
    proves: 'a simulator that holds under 100,000 random calls',
    command: vitest('test/simulator/random-session.test.ts'),
    env: { MOORING_FUZZ_CALLS: '100000' },
  },
};
