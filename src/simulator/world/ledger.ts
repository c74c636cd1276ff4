/** What a project has in a region. RAM and volumes in GiB. */
export interface Usage {
  instances: number;
  cores: number;
  ram: number;
  volumes: number;
  gigabytes: number;
}

const nothing: Usage = { instances: 0, cores: 0, ram: 0, volumes: 0, gigabytes: 0 };

/** Counts what is used, so that nobody counts ten thousand instances for each new one. */
export class Ledger {
  #used = nothing;
  #leaving: { at: number; usage: Partial<Usage> }[] = [];

  add(usage: Partial<Usage>): void {
    this.#used = sum(this.#used, usage, 1);
  }

  /** What is being deleted counts until it is gone. */
  removeAt(at: number, usage: Partial<Usage>): void {
    this.#leaving.push({ at, usage });
  }

  at(now: number): Usage {
    const isGone = ({ at }: { at: number }) => at <= now;
    if (this.#leaving.some(isGone)) {
      for (const { usage } of this.#leaving.filter(isGone)) this.#used = sum(this.#used, usage, -1);
      this.#leaving = this.#leaving.filter((leaving) => !isGone(leaving));
    }
    return this.#used;
  }
}

function sum(
  used: Usage,
  { instances = 0, cores = 0, ram = 0, volumes = 0, gigabytes = 0 }: Partial<Usage>,
  sign: 1 | -1,
) {
  return {
    instances: used.instances + sign * instances,
    cores: used.cores + sign * cores,
    ram: used.ram + sign * ram,
    volumes: used.volumes + sign * volumes,
    gigabytes: used.gigabytes + sign * gigabytes,
  };
}
