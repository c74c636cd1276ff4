import { createHash } from 'node:crypto';
import type { OnDestroy, Place } from '../contract/index.ts';

/*
 * The only carrier of identity that OVH offers is the name: an instance has no tags, no metadata, no idempotency
 * key. So the name carries a mark that anyone can compute again and nobody makes by accident. OVH announces tags;
 * what knows about the carrier stays in this file.
 */

/** Whose nodes, and where. */
export interface Identity {
  owner: string;
  /** OVH's project id. */
  projectId: string;
  region: string;
}

const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The first 8 characters of lower-case base32(sha256(JSON of everything that identifies a node)). */
export function markOf({ owner, projectId, region }: Identity, node: string, slot: 'a' | 'b' = 'a'): string {
  const json = JSON.stringify(['mooring/1', owner, projectId, region, node, slot]);
  const bytes = createHash('sha256').update(json).digest().subarray(0, 5);
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('');
}

export function instanceWireName({ node, mark }: Pick<Place, 'node' | 'mark'>): string {
  return `${node}-${mark}`;
}

export function volumeWireName({ node, mark }: Pick<Place, 'node' | 'mark'>, volume: string): string {
  return `${node}-${volume}-${mark}`;
}

export function volumeDescription(owner: string, node: string, volume: string, onDestroy: OnDestroy): string {
  return `mooring/1 owner=${owner} node=${node} volume=${volume} onDestroy=${onDestroy}`;
}

/** The node that an instance belongs to, if its name verifies. */
export function readInstanceName(name: string, identity: Identity): string | undefined {
  const node = name.slice(0, -9);
  return name === `${node}-${markOf(identity, node)}` ? node : undefined;
}

/** What a volume says of itself, if its name verifies. */
export function readVolume(
  { name, description }: { name: string; description: string },
  identity: Identity,
): { node: string; volume: string; onDestroy: OnDestroy } | undefined {
  const mark = name.slice(-8);
  // Node and volume may both contain dashes: the description says where one ends, and else every split is tried.
  const said = /\bnode=(\S+)/.exec(description)?.[1];
  const prefix = name.slice(0, -9);
  const splits = [...prefix.matchAll(/-/g)].map(({ index }) => prefix.slice(0, index));
  const node = [said, ...splits].find(
    (candidate) => candidate && prefix.startsWith(`${candidate}-`) && markOf(identity, candidate) === mark,
  );
  if (!node || name !== `${prefix}-${mark}`) return undefined;
  // Data whose instructions are lost is kept.
  const onDestroy = /\bonDestroy=delete\b/.test(description) ? 'delete' : 'keep';
  return { node, volume: prefix.slice(node.length + 1), onDestroy };
}
