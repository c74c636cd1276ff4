import { FIRST_LOOKS } from '../src/activities/project.ts';
import { pauseBeforeLook, UsualTimes } from '../src/activities/looking/usual-times.ts';
import { seededRandom } from '../src/simulator/random.ts';
import { bestLateness } from './oracle.ts';
import { draw, type Lognormal } from './support/lognormal.ts';
import { mean } from './support/statistics.ts';

/*
 * Regret: how late readiness is noticed, ÷ how late by an oracle that knows the distribution of each flavor and phase
 * and makes as many looks on average as ours made there. Time is virtual and a look takes none of it, so this judges the
 * pauses alone. Everything counts: the first boots, of which nothing is known, and those after a shift, of which what is
 * known is wrong.
 */

/** What decides when to look, and learns from what was seen. */
interface LookPolicy {
  /** Milliseconds until the next look; the thing was not ready after so many. */
  pause(kind: string, elapsedMs: number): number;
  /** A look after `pendingMs`, if there was one, found it pending, the next one, after `readyMs`, ready. */
  learn(kind: string, seen: { pendingMs: number | undefined; readyMs: number }): void;
}

/** What the worker does where so many wait who share each look: the one place that knows the signatures of the code under test. */
export function workerPolicy(sharers = 1): LookPolicy {
  const times = new UsualTimes();
  return {
    pause: (kind, elapsedMs) =>
      pauseBeforeLook(elapsedMs, { usual: times.of(kind), firstMs: FIRST_LOOKS.instance, sharers }),
    learn: (kind, seen) => times.learn(kind, seen),
  };
}

/** The simple alternative: first after nine tenths of the median of what was seen, then in equal steps. */
export function simplePolicy(stepMs: number): LookPolicy {
  const seen = new Map<string, number[]>();
  return {
    pause(kind, elapsedMs) {
      const sorted = seen.get(kind)?.toSorted((a, b) => a - b) ?? [];
      const firstMs = 0.9 * (sorted[Math.floor((sorted.length - 1) / 2)] ?? FIRST_LOOKS.instance / 0.9);
      return elapsedMs < firstMs ? Math.max(100, Math.min(20_000, firstMs - elapsedMs)) : stepMs;
    },
    learn: (kind, { readyMs }) => seen.set(kind, [...(seen.get(kind) ?? []), readyMs].slice(-30)),
  };
}

/** What most tools do: equal steps from the beginning. */
export function steadyPolicy(stepMs: number): LookPolicy {
  return { pause: () => stepMs, learn: () => {} };
}

interface FlavorBoots {
  flavor: string;
  /** One after the other: a shift at OVH lies between two. */
  phases: Lognormal[];
}

const usualFlavors: FlavorBoots[] = [
  flavor('steady', 0.05, 33_000, 50_000),
  flavor('usual', 0.15, 33_000, 60_000),
  flavor('faster', 0.15, 66_000, 33_000),
  flavor('wide', 0.3, 45_000, 75_000),
  flavor('wild', 0.5, 60_000, 40_000),
];

const BOOTS = 300;
const SEED = 1;

/** On average. */
interface Seen {
  looks: number;
  lateMs: number;
}

interface Regret extends Seen {
  flavor: string;
  oracleMs: number;
  /** `lateMs ÷ oracleMs`. */
  ratio: number;
}

/** What was seen of each flavor, and last of all of them together. */
export function regretOf(policy: LookPolicy): Regret[] {
  const lines = played(policy).map(({ flavor, phases }) => {
    const seen = phases.map((each) => ({ ...each, oracleMs: bestLateness(each.phase, each.looks) }));
    return { flavor, ...together(seen) };
  });
  return [...lines, { flavor: 'all', ...together(lines) }];
}

/** The same of all flavors together, without the oracle, which takes the time. */
export function latenessOf(policy: LookPolicy): Seen {
  const all = played(policy).flatMap(({ phases }) => phases);
  return { looks: mean(all.map(({ looks }) => looks)), lateMs: mean(all.map(({ lateMs }) => lateMs)) };
}

/** Boots each flavor so often in each phase, one after the other. */
function played(policy: LookPolicy) {
  const { next } = seededRandom(SEED);
  return usualFlavors.map(({ flavor, phases }) => ({
    flavor,
    phases: phases.map((phase) => {
      const all = Array.from({ length: BOOTS }, () => noticed(policy, flavor, draw(phase, next)));
      const looks = mean(all.map((each) => each.looks));
      return { phase, looks, lateMs: mean(all.map((each) => each.lateMs)) };
    }),
  }));
}

/** Looks at one boot as `waitFor` does, after each pause. */
function noticed(policy: LookPolicy, kind: string, readyMs: number): Seen {
  let at = 0;
  let pendingMs: number | undefined;
  for (let looks = 1; ; looks += 1) {
    at += policy.pause(kind, at);
    if (at >= readyMs) {
      policy.learn(kind, { pendingMs, readyMs: at });
      return { looks, lateMs: at - readyMs };
    }
    pendingMs = at;
  }
}

function together(parts: Omit<Regret, 'flavor' | 'ratio'>[]): Omit<Regret, 'flavor'> {
  const lateMs = mean(parts.map((part) => part.lateMs));
  const oracleMs = mean(parts.map((part) => part.oracleMs));
  return { looks: mean(parts.map(({ looks }) => looks)), lateMs, oracleMs, ratio: lateMs / oracleMs };
}

function flavor(name: string, sigma: number, ...medians: number[]): FlavorBoots {
  return { flavor: name, phases: medians.map((medianMs) => ({ medianMs, sigma })) };
}
