import { notFoundOut, type Probe } from '../probe.ts';

export const voidAnswer: Probe = {
  name: 'void-answer',
  question: 'What is the body of an answer that returns nothing?',
  makes: ['ssh key'],
  async ask(lab) {
    const { project, last } = lab.site;
    const { id } = await project.sshKeys.create(lab.keyRequest('void-answer'));
    await project.sshKeys.delete(id);
    const { status, text } = last('DELETE') ?? {};
    if (status === 204) return { says: '204', settings: { switches: { voidAnswer: '204' } } };
    if (text === '') return { says: 'nothing', settings: { switches: { voidAnswer: 'empty' } } };
    if (text === 'null') return { says: 'null', settings: { switches: { voidAnswer: 'null' } } };
    return notFoundOut(`OVH answered ${status} with ${JSON.stringify(text?.slice(0, 40))}`);
  },
};
