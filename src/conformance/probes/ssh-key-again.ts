import { answeredBy } from '../positions.ts';
import { outcomeOf } from '../reads.ts';
import type { Probe } from '../probe.ts';

export const sshKeyAgain: Probe = {
  name: 'ssh-key-again',
  question: 'What does posting an SSH key answer whose name exists?',
  makes: ['ssh key'],
  async ask(lab) {
    const { sshKeys } = lab.site.project;
    const request = lab.keyRequest('key-again');
    await sshKeys.create(request);
    return answeredBy('sshKeyAgain', await outcomeOf(sshKeys.create(request)));
  },
};
