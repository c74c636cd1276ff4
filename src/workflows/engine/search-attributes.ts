import { TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import { workflowInfo } from '@temporalio/workflow';
import { searchAttributesOf } from '../../contract/search-attributes.ts';

/**
 * Those of a child, which inherits none. Only where its parent has some: then the namespace knows all of them, and one that it
 * does not know would fail the parent's tasks for ever.
 */
export function searchAttributesOfChild(workflowId: string): TypedSearchAttributes | undefined {
  const { typedSearchAttributes: own } = workflowInfo();
  if (own.get(keyOf('MooringProject')) === undefined) return undefined;
  const fleet = own.get(keyOf('MooringFleet'));
  const names = { ...(fleet !== undefined && { MooringFleet: fleet }), ...searchAttributesOf(workflowId) };
  return new TypedSearchAttributes(
    Object.entries(names).map(([name, value]) => ({ key: keyOf(name), value })),
  );
}

const keyOf = (name: string) => defineSearchAttributeKey(name, 'KEYWORD');
