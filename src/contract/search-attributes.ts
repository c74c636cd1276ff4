import { refFromWorkflowId } from './ref.ts';

/**
 * By what runs are found in Temporal, where the namespace has these: `MooringProject = "main"`. All are keywords, and none is
 * ever encrypted: nothing but names.
 */
export const SEARCH_ATTRIBUTES = ['MooringProject', 'MooringRegion', 'MooringNode', 'MooringFleet'] as const;

export type SearchAttribute = (typeof SEARCH_ATTRIBUTES)[number];

/** Of an operation on a node or a fleet, which its workflow's id names; of any other none. */
export function searchAttributesOf(workflowId: string): Partial<Record<SearchAttribute, string>> {
  const node = refFromWorkflowId(workflowId);
  if (node) return { MooringProject: node.project, MooringRegion: node.region, MooringNode: node.name };
  const [kind, project, fleet] = workflowId.split('.');
  return kind === 'fleet' && project && fleet ? { MooringProject: project, MooringFleet: fleet } : {};
}
