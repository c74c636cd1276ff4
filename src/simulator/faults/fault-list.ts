import { seededRandom, type Random } from '../random.ts';
import { parseFault, type Fault } from './fault.ts';
import { canBefall } from './can-befall.ts';

interface ArmedFault {
  fault: Fault;
  path: RegExp;
  /** How many requests pass before it. */
  passing: number;
  left: number;
  /** When it ends, once it has begun. */
  until?: number;
  random: Random;
}

/** The faults that wait for their requests. The first that fits is met. */
export class FaultList {
  #armed: ArmedFault[] = [];
  readonly #random: Random;
  readonly #now: () => number;

  constructor(random: Random, now: () => number) {
    this.#random = random;
    this.#now = now;
  }

  /** Throws a `TypeError` when it is not a fault. */
  add(fault: Fault): void {
    const {
      path = '**',
      forMs,
      times = forMs === undefined ? 1 : Infinity,
      after = 0,
      seed,
    } = parseFault(fault);
    const random = seed === undefined ? this.#random : seededRandom(seed);
    this.#armed.push({ fault: { ...fault }, path: glob(path), passing: after, left: times, random });
  }

  /** The fault that this request meets, if any. */
  take(method: string, path: string): Fault | undefined {
    const now = this.#now();
    this.#armed = this.#armed.filter(({ until = Infinity }) => now < until);
    const fits = ({ fault, path: pattern }: ArmedFault) =>
      (fault.method ?? method).toUpperCase() === method &&
      pattern.test(path) &&
      canBefall(fault.kind, method, path);
    const armed = this.#armed.find((each) => {
      if (!fits(each)) return false;
      if (each.passing === 0) return each.random.next() < (each.fault.probability ?? 1);
      each.passing -= 1;
      return false;
    });
    if (!armed) return undefined;
    armed.left -= 1;
    if (armed.fault.forMs !== undefined) armed.until ??= now + armed.fault.forMs;
    if (armed.left === 0) this.#armed = this.#armed.filter((each) => each !== armed);
    return armed.fault;
  }

  /** What waits, with how many requests are left to meet it. */
  all(): Fault[] {
    return this.#armed.map(({ fault, passing, left }) => ({
      ...fault,
      ...(Number.isFinite(left) && { times: left }),
      ...(passing > 0 && { after: passing }),
    }));
  }

  clear(): void {
    this.#armed = [];
  }
}

function glob(pattern: string): RegExp {
  const expression = pattern
    .split(/(\*+)/)
    .map((part) =>
      part.startsWith('**')
        ? '.*'
        : part === '*'
          ? '[^/]*'
          : part.replace(/[.+?^${}()|[\]\\]/g, String.raw`\$&`),
    )
    .join('');
  return new RegExp(`^${expression}$`);
}
