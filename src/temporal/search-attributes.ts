import type { Client, Connection } from '@temporalio/client';
import { TypedSearchAttributes, defineSearchAttributeKey } from '@temporalio/common';
import proto from '@temporalio/proto';
import {
  SEARCH_ATTRIBUTES,
  searchAttributesOf,
  type SearchAttribute,
} from '../contract/search-attributes.ts';

const { INDEXED_VALUE_TYPE_KEYWORD } = proto.temporal.api.enums.v1.IndexedValueType;

/** What a namespace has of them. */
interface SearchAttributesThere {
  missing: SearchAttribute[];
  /** Of another type than keyword: Temporal refuses every run that is started with such a one. */
  wrong: SearchAttribute[];
}

type Asked = Pick<Client, 'connection' | 'options'>;

/** @throws what Temporal says, where it does not let this be asked */
export async function lookForSearchAttributes({
  connection,
  options,
}: Asked): Promise<SearchAttributesThere> {
  const { customAttributes } = await operatorOf(connection).listSearchAttributes(options);
  const has = customAttributes ?? {};
  return {
    missing: SEARCH_ATTRIBUTES.filter((name) => !(name in has)),
    wrong: SEARCH_ATTRIBUTES.filter((name) => name in has && has[name] !== INDEXED_VALUE_TYPE_KEYWORD),
  };
}

/** Makes those that are missing. */
export async function makeSearchAttributes(
  { connection, options: { namespace } }: Asked,
  names: SearchAttribute[],
): Promise<void> {
  const searchAttributes = Object.fromEntries(names.map((name) => [name, INDEXED_VALUE_TYPE_KEYWORD]));
  await operatorOf(connection).addSearchAttributes({ namespace, searchAttributes });
}

/**
 * What a run is started with: nothing unless the namespace has all of them. Temporal would refuse the start for a single one
 * that it does not know, and a child's would fail its parent's tasks for ever.
 *
 * @throws what Temporal says, where it does not let this be asked
 */
export async function sendableAttributes(
  client: Asked,
): Promise<(workflowId: string) => TypedSearchAttributes> {
  const { missing, wrong } = await lookForSearchAttributes(client);
  const hasAll = missing.length === 0 && wrong.length === 0;
  return (workflowId) =>
    new TypedSearchAttributes(
      hasAll
        ? Object.entries(searchAttributesOf(workflowId)).map(([name, value]) => ({
            key: defineSearchAttributeKey(name, 'KEYWORD'),
            value,
          }))
        : [],
    );
}

/** Each connection of the SDK's has it, and its type for any of them does not. */
function operatorOf(connection: Asked['connection']): Connection['operatorService'] {
  const { operatorService } = connection as Partial<Pick<Connection, 'operatorService'>>;
  if (!operatorService) throw new Error('this connection cannot ask for search attributes');
  return operatorService;
}
