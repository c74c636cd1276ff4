import { seededRandom, type Random } from '../random.ts';
import { parseFault, type Fault } from './fault.ts';

interface ArmedFault {
  fault: Fault;
  path: RegExp;
  left: number;
  random: Random;
}

/** The faults that wait for their requests. The first that fits is met. */
export class FaultList {
  #armed: ArmedFault[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Throws a `TypeError` when it is not a fault. */
  add(fault: Fault): void {
    const { path = '**', times = 1, seed } = parseFault(fault);
    const random = seed === undefined ? this.#random : seededRandom(seed);
    this.#armed.push({ fault: { ...fault }, path: glob(path), left: times, random });
  }

  /** The fault that this request meets, if any. */
  take(method: string, path: string): Fault | undefined {
    const armed = this.#armed.find(
      ({ fault, path: pattern, random }) =>
        (fault.method ?? method).toUpperCase() === method &&
        pattern.test(path) &&
        random.next() < (fault.probability ?? 1),
    );
    if (!armed) return undefined;
    armed.left -= 1;
    if (armed.left === 0) this.#armed = this.#armed.filter((each) => each !== armed);
    return armed.fault;
  }

  /** What waits, with how many requests are left to meet it. */
  all(): Fault[] {
    return this.#armed.map(({ fault, left }) => ({ ...fault, times: left }));
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
