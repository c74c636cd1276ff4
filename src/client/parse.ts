import type { CompleteNodeSpec } from '../contract/index.ts';
import { parseNodeSpec as parse } from '../contract/schemas/node-spec.ts';
import { messageOf } from '../contract/unknown.ts';
import { OperationFailed } from './errors.ts';

/**
 * Checks a spec and writes its defaults, as every start does.
 *
 * @throws OperationFailed `InvalidSpec`; one sentence says everything that is wrong.
 */
export function parseNodeSpec(input: unknown): CompleteNodeSpec {
  return orInvalidSpec(() => parse(input));
}

/** What a parser refuses is an `InvalidSpec`. @throws OperationFailed */
export function orInvalidSpec<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new OperationFailed('InvalidSpec', messageOf(error));
  }
}
