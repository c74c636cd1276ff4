import { switchPositions, type SwitchName } from '../simulator/switches.ts';
import type { Answer } from './probe.ts';
import type { Outcome } from './reads.ts';

/** The position of a switch whose positions are statuses of a refusal, and perhaps `ok`. */
export function answeredBy(name: SwitchName, { refusal }: Outcome<unknown>): Answer {
  const position = refusal ? String(refusal.status) : 'ok';
  const says = refusal ? `${refusal.status}: ${refusal.reason}` : 'it is accepted';
  const known: readonly string[] = switchPositions[name];
  if (!known.includes(position)) return { says: `${says}, which the simulator cannot do` };
  return { says, settings: { switches: { [name]: position } } };
}
