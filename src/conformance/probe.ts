import type { SimulatorOptions } from '../simulator/index.ts';
import type { Lab } from './lab.ts';
import type { ProbeName } from './names.ts';

/** What a probe makes; a run makes one instance and one volume for all that need them. */
export type Thing =
  'instance' | 'own instance' | 'volume' | 'own volume' | 'volume snapshot' | 'ssh key' | 'excess';

/** What `mooring simulator --settings` reads. */
export type FoundSettings = Omit<SimulatorOptions, 'clock' | 'seed' | 'quota' | 'guests'>;

/** What OVH did, in a few words; and the settings that make the simulator do the same, where it can. */
export interface Answer {
  says: string;
  settings?: FoundSettings;
}

/** One question about OVH that no documentation answers, and how to ask it. */
export interface Probe {
  /** For `--only`. */
  name: ProbeName;
  question: string;
  makes: readonly Thing[];
  /** Asks OVH. What it makes carries the run's mark; somebody else deletes it. */
  ask(lab: Lab): Promise<Answer>;
}

/** OVH has answered as far as one can see, but not to the question. */
export const notFoundOut = (why: string): Answer => ({ says: `not found out: ${why}` });
