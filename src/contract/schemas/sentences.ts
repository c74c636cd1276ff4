import { z } from 'zod';
import { listed } from '../listed.ts';
import { fieldsOf } from '../unknown.ts';

const NOT_SUPPORTED = 'is not supported yet';

/** Says which keys are unknown, and what an object was expected to be. */
export function unknownKeys(issue: unknown): string | undefined {
  const { code, keys, input } = fieldsOf(issue);
  if (code === 'unrecognized_keys' && Array.isArray(keys))
    return `has unknown ${keys.length === 1 ? 'key' : 'keys'} ${listed(keys.map((key) => `"${shortened(String(key))}"`), ', ')}`;
  return code === 'invalid_type' ? `must be an object, not ${input === null ? 'null' : typeof input}` : undefined;
}

/** Everything that is wrong, in one sentence: `volumes[0].size must be at least 10 GiB; name is missing: …`. */
export function oneSentence(error: z.ZodError, subject = 'the spec'): string {
  const sentences = error.issues.map(({ path, message }) => {
    if (message.endsWith(NOT_SUPPORTED)) return message;
    return `${path.length === 0 ? subject : shortened(z.core.toDotPath(path))} ${lowerFirst(inWords(message))}`;
  });
  return listed([...new Set(sentences)], '; ');
}

const LONGEST = 100;

/** Somebody's own key: of megabytes the beginning says which. */
function shortened(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** zod's `Invalid input: expected array, received string`, as a person would say it. */
function inWords(message: string): string {
  const words: Record<string, string> = {
    array: 'must be a list',
    string: 'must be a string',
    number: 'must be a number',
    int: 'must be a whole number',
    boolean: 'must be true or false',
    object: 'must be an object',
    record: 'must be an object',
  };
  const [, expected = ''] = /^Invalid input: expected (\w+)/.exec(message) ?? [];
  return words[expected] ?? message;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
