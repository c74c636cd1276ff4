import { answeredBy } from '../positions.ts';
import { notFoundOut, type Answer, type Probe } from '../probe.ts';
import { outcomeOf, unlessGone } from '../reads.ts';
import type { Lab } from '../lab.ts';

export const deleteAgain: Probe = {
  name: 'delete-again',
  question:
    'What does deleting an instance answer that is being deleted, how long does it take, and what do lists say?',
  makes: ['instance'],
  async ask(lab) {
    const { instances } = lab.site.project;
    const { id } = await lab.instance();
    lab.forgetInstance();
    const began = performance.now();
    await instances.delete(id);
    const isThere = (await unlessGone(instances.get(id))) !== undefined;
    const again = isThere
      ? answeredBy('deleteAgain', await outcomeOf(instances.delete(id)))
      : notFoundOut('it was gone at once');
    const { deleteMs, listed } = await untilGone(lab, id, began);
    return {
      says: `${again.says}; gone after ${(deleteMs / 1000).toFixed(1)} s; ${listed.says}`,
      settings: {
        deleteMs,
        switches: { ...again.settings?.switches, ...listed.settings?.switches },
      },
    };
  },
};

/** What a list says at the moment when a look by id says 404. */
async function untilGone(lab: Lab, id: string, began: number): Promise<{ deleteMs: number; listed: Answer }> {
  const { project, region } = lab.site;
  await lab.until(
    `deleting ${id}`,
    async () => (await unlessGone(project.instances.get(id))) === undefined,
    (isGone) => isGone,
  );
  const deleteMs = Math.round(performance.now() - began);
  const entry = (await project.instances.list(region)).find((each) => each.id === id);
  if (!entry) return { deleteMs, listed: { says: 'the list did not have it any more' } };
  const position = entry.status === 'DELETED' ? 'deleted' : 'last';
  return {
    deleteMs,
    listed: {
      says: `the list still said ${entry.status}`,
      settings: { switches: { listDeleted: position } },
    },
  };
}
