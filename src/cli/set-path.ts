import { parse as parseYaml } from 'yaml';
import { fieldsOf } from '../contract/unknown.ts';
import { UsageError } from './cli-error.ts';

const FORBIDDEN = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Applies `path=value` to a spec in place: `flavor=b3-8`, `volumes[0].size=20`, `volumes.1={"name":"logs","size":10}`.
 * The value is read as YAML, so numbers, booleans, null and whole objects are what they look like.
 */
export function setPath(target: Record<string, unknown>, assignment: string): void {
  const equals = assignment.indexOf('=');
  if (equals < 1) throw new UsageError(`--set ${assignment}: write it as path=value, such as flavor=b3-8`);
  const path = assignment
    .slice(0, equals)
    .replaceAll(/\[(\d+)\]/g, '.$1')
    .split('.');
  const value = valueOf(assignment.slice(equals + 1), assignment);

  let here: object = target;
  for (const [depth, key] of path.entries()) {
    refuseBadKey(here, key, assignment);
    const slots = fieldsOf(here);
    const next = path[depth + 1];
    if (next === undefined) {
      slots[key] = value;
      return;
    }
    const inner = slots[key];
    here = typeof inner === 'object' && inner !== null ? inner : /^\d+$/.test(next) ? [] : {};
    slots[key] = here;
  }
}

function valueOf(text: string, assignment: string): unknown {
  try {
    return parseYaml(text) ?? null;
  } catch {
    throw new UsageError(`--set ${assignment}: the value is not YAML; put it in quotes`);
  }
}

function refuseBadKey(here: object, key: string, assignment: string): void {
  if (key === '' || FORBIDDEN.has(key))
    throw new UsageError(`--set ${assignment}: "${key}" cannot be part of a path`);
  if (!Array.isArray(here)) return;
  if (!/^\d+$/.test(key))
    throw new UsageError(`--set ${assignment}: a list is addressed by number, not "${key}"`);
  if (Number(key) > here.length)
    throw new UsageError(
      `--set ${assignment}: the list has ${here.length} entries, so the next one is ${here.length}`,
    );
}
