import { setMaxListeners } from 'node:events';
import { createControl } from './control/index.ts';
import { FaultList } from './faults/fault-list.ts';
import type { Fault } from './faults/fault.ts';
import { Guests } from './guests/guests.ts';
import { createGate } from './gate.ts';
import { CallLog, type SimulatorCall } from './http/calls.ts';
import { RateLimit } from './http/rate-limit.ts';
import { settle, type SimulatorOptions } from './options.ts';
import { pageRoutes } from './page/index.ts';
import { seededRandom } from './random.ts';
import { stateOf, type SimulatorState } from './state.ts';
import { World, type SimulatorCredentials } from './world/world.ts';

/** A simulated OVHcloud. */
export interface Simulator {
  /**
   * Answers a request for OVH's API (`/1.0`, `/v1`) or for the control plane (`/_simulator`). Where a fault breaks
   * the connection it rejects as the global `fetch` does: a `TypeError` whose cause has the code `ECONNRESET`.
   */
  fetch(request: Request): Promise<Response>;
  /** A project that is there from the start, and keys that may do everything in it. */
  readonly first: SimulatorCredentials;
  /** One more project, of an account of its own: the other projects' keys do not see it. */
  addProject(): SimulatorCredentials;
  /** Everything that exists, whether lists show it or not; of one project, or of all. */
  state(projectId?: string): SimulatorState;
  /** Every request to the API, oldest first. */
  calls(): SimulatorCall[];
  /** Throws a `TypeError` when it is not a fault. */
  addFault(fault: Fault): void;
  faults(): Fault[];
  clearFaults(): void;
  /** As it was in the beginning, with `first` alone. What hangs is cut off, what is late never happens. */
  reset(): void;
  /** The machines behind the instances, where `guests` was asked for. */
  readonly guests: Guests | undefined;
  /** Ends its guests and all that runs in them. Without guests there is nothing to end. */
  stop(): Promise<void>;
}

/**
 * OVHcloud's Public Cloud API in memory. It is a `fetch`, so a client can be joined to it without a socket:
 *
 * ```ts
 * const simulator = createSimulator({ bootMs: 50 });
 * const answer = await simulator.fetch(new Request('http://simulator/1.0/auth/time'));
 * ```
 */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const settings = settle(options);
  const world = new World(settings);
  if (settings.guests) world.guests = new Guests(world, settings.guests);
  const first = world.addProject();
  const faults = new FaultList(seededRandom(settings.seed), () => world.now());
  const calls = new CallLog();
  const rateLimit = new RateLimit(settings.rateLimit, settings.clock);
  let life = lifetime();

  const parts: Omit<Simulator, 'fetch'> = {
    first,
    addProject: () => world.addProject(),
    state: (projectId) => stateOf(world, projectId),
    calls: () => calls.all(),
    addFault: (fault) => faults.add(fault),
    faults: () => faults.all(),
    clearFaults: () => faults.clear(),
    reset() {
      life.abort();
      life = lifetime();
      world.reset(first);
      faults.clear();
      calls.clear();
      rateLimit.reset(settings.rateLimit);
      void world.guests?.reset();
    },
    guests: world.guests,
    stop: async () => world.guests?.stop(),
  };
  const pass = createGate({ world, faults, calls, rateLimit, life: () => life.signal });
  const control = createControl(parts, world, rateLimit);
  const beside = pageRoutes(parts, world, (projectId) => calls.last(40, projectId));
  beside.notFound((c) => control.fetch(c.req.raw));
  return {
    ...parts,
    fetch: async (request) =>
      isBesideTheApi(new URL(request.url).pathname) ? beside.fetch(request) : pass(request),
  };
}

/** The page and the control plane, which ask nobody who they are. */
export function isBesideTheApi(pathname: string): boolean {
  return /^\/($|_simulator\/)/.test(pathname);
}

/** Every request under way listens to it, and there may be thousands. */
function lifetime(): AbortController {
  const life = new AbortController();
  setMaxListeners(0, life.signal);
  return life;
}
