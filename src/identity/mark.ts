import { createHash } from 'node:crypto';
import type { OnDestroy, Place } from '../contract/index.ts';

/*
 * The only carrier of identity that OVH offers is the name: an instance has no tags, no metadata, no idempotency
 * key. So the name carries a mark that anyone can compute again and nobody makes by accident: whose node it is. Behind it
 * stands the maker's sign: which run made the thing. A delete needs such a proof, because lists lie, answers get lost or
 * mixed up, and Temporal forgets. OVH announces tags; what knows about the carrier stays in this file.
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
  return digest(JSON.stringify(['mooring/1', owner, projectId, region, node, slot]), 8);
}

/** The maker's sign of a run: 6 characters of base32(sha256(its id)). */
export function signOf(runId: string): string {
  return digest(runId, 6);
}

function digest(text: string, characters: number): string {
  const bytes = createHash('sha256').update(text).digest().subarray(0, 5);
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const base32 = (bits.match(/.{5}/g) ?? []).map((five) => BASE32[Number.parseInt(five, 2)]).join('');
  return base32.slice(0, characters);
}

type Names = Pick<Place, 'node' | 'mark' | 'sign'>;

export function instanceWireName({ node, mark, sign }: Names): string {
  return `${node}-${mark}-${sign}`;
}

export function volumeWireName({ node, mark, sign }: Names, volume: string): string {
  return `${node}-${volume}-${mark}-${sign}`;
}

export function volumeDescription(owner: string, node: string, volume: string, onDestroy: OnDestroy): string {
  return `mooring/1 owner=${owner} node=${node} volume=${volume} onDestroy=${onDestroy}`;
}

/** Whose a name says that a thing is. */
export interface Carried {
  node: string;
  /** Of the run that made it; null: the name has none, so it is somebody's. */
  sign: string | null;
}

/** The node that an instance belongs to and who made it, if its name verifies. */
export function readInstanceName(name: string, identity: Identity): Carried | undefined {
  const { prefix: node, mark, sign } = split(name) ?? {};
  return node !== undefined && markOf(identity, node) === mark ? { node, sign: sign ?? null } : undefined;
}

/** What a volume says of itself, if its name verifies. */
export function readVolume(
  { name, description }: { name: string; description: string },
  identity: Identity,
): (Carried & { volume: string; onDestroy: OnDestroy }) | undefined {
  const { prefix, mark, sign } = split(name) ?? {};
  if (prefix === undefined) return undefined;
  // Node and volume may both contain dashes: the description says where one ends, and else every split is tried.
  const said = /\bnode=(\S+)/.exec(description)?.[1];
  const splits = [...prefix.matchAll(/-/g)].map(({ index }) => prefix.slice(0, index));
  const node = [said, ...splits].find(
    (candidate) => candidate && prefix.startsWith(`${candidate}-`) && markOf(identity, candidate) === mark,
  );
  if (!node) return undefined;
  return {
    node,
    volume: prefix.slice(node.length + 1),
    onDestroy: onDestroyIn(description),
    sign: sign ?? null,
  };
}

/** Data whose instructions are lost is kept. */
export function onDestroyIn(description: string): OnDestroy {
  return /\bonDestroy=delete\b/.test(description) ? 'delete' : 'keep';
}

/** Who made what an instance's name says to be of the node: a sign, null for a name without one. Undefined: not its. */
export function instanceSign(
  name: string,
  { node, mark }: Pick<Place, 'node' | 'mark'>,
): string | null | undefined {
  const read = name.startsWith(`${node}-`) ? split(name) : undefined;
  return read?.prefix === node && read.mark === mark ? (read.sign ?? null) : undefined;
}

/** The same of a volume, whichever of the node's it is. */
export function volumeSign(
  name: string,
  { node, mark }: Pick<Place, 'node' | 'mark'>,
): string | null | undefined {
  const read = name.startsWith(`${node}-`) ? split(name) : undefined;
  return read?.prefix.startsWith(`${node}-`) && read.mark === mark ? (read.sign ?? null) : undefined;
}

/** A mark has no dash in it, so a name is read in one way only, with a sign or without. */
function split(name: string): { prefix: string; mark: string; sign: string | undefined } | undefined {
  const [, prefix, mark, sign] = /^(.+)-([a-z2-7]{8})(?:-([a-z2-7]{6}))?$/.exec(name) ?? [];
  return prefix === undefined || mark === undefined ? undefined : { prefix, mark, sign };
}
