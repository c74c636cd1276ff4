import { OvhApiError } from '../ovh/index.ts';
import { Lab, type Site } from './lab.ts';
import { notFoundOut, type Answer, type FoundSettings, type Probe } from './probe.ts';

/** One question and its answer. */
export interface Finding extends Answer {
  probe: string;
  question: string;
  /** What OVH did is known, and the simulator can do the same. */
  found: boolean;
}

/** Asks one question after the other. What is made is left there, under the site's mark: `cleanUp` deletes it. */
export async function* askAll(site: Site, chosen: readonly Probe[]): AsyncGenerator<Finding> {
  const lab = new Lab(site);
  for (const probe of chosen) {
    const answer = await answerTo(probe, lab);
    const { name, question } = probe;
    yield { probe: name, question, found: answer.settings !== undefined, ...answer };
  }
}

/** An error ends a question, not the run. */
async function answerTo(probe: Probe, lab: Lab): Promise<Answer> {
  const { signal } = lab.site;
  signal.throwIfAborted();
  try {
    return await probe.ask(lab);
  } catch (error) {
    signal.throwIfAborted();
    const isRights = error instanceof OvhApiError && error.errorCode === 'NOT_GRANTED_CALL';
    const message = error instanceof Error ? error.message : String(error);
    return notFoundOut(isRights ? `the key may not: ${error.method} ${error.path}` : message);
  }
}

/** All that was found out, as `mooring simulator --settings` reads it. */
export function settingsOf(findings: readonly Finding[]): FoundSettings {
  const switches = Object.assign({}, ...findings.map(({ settings }) => settings?.switches));
  return Object.assign({}, ...findings.map(({ settings }) => settings), { switches });
}
