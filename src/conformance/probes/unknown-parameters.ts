import { outcomeOf } from '../reads.ts';
import type { Probe } from '../probe.ts';

export const unknownParameters: Probe = {
  name: 'unknown-parameters',
  question: 'Are parameters refused that the contract does not have?',
  makes: ['ssh key'],
  async ask(lab) {
    const request = { ...lab.keyRequest('unknown-parameter'), mooringConformance: 'yes' };
    const { refusal } = await outcomeOf(lab.site.project.sshKeys.create(request));
    if (!refusal)
      return { says: 'they are ignored', settings: { switches: { unknownParameters: 'ignored' } } };
    return { says: refusal.reason, settings: { switches: { unknownParameters: 'refused' } } };
  },
};
