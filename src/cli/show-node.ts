import type {
  DestroyResult,
  FleetResult,
  Identifier,
  InspectedNode,
  ListedNode,
  NodeFloatingIp,
  Workflows,
} from '../contract/index.ts';
import { nodeWorkflowId } from '../contract/index.ts';
import type { HoldingType } from '../contract/schemas/workflow-types.ts';
import { showDuration } from './duration.ts';
import type { Result } from './output.ts';
import { toJson } from './json.ts';
import { textTable } from './text-table.ts';

/** A Node for people: what they log in to first, ids in full, because they are copied. */
export function nodeResult(node: InspectedNode): Result {
  const { instance, addresses, floatingIp, ssh, bootVolume, volumes, price, timing } = node;
  const found = Object.values(addresses).filter((address) => address !== null);
  const facts = [
    [
      'node',
      `${node.name} (project ${node.project}, ${node.region})${node.outcome === null ? '' : `, ${node.outcome}`}`,
    ],
    ['instance', `${instance.id}  ${instance.status}  ${instance.flavor}`],
    ['name at OVH', instance.name],
    bootVolume
      ? ['boots from', `volume ${bootVolume.name}, ${bootVolume.size} GiB  ${bootVolume.id}`]
      : ['image', instance.image?.name ?? 'unknown'],
    ['addresses', found.join('  ') || 'none'],
    ...(floatingIp ? [['floating IP', floatingIpRow(floatingIp)]] : []),
    ...(ssh ? [['log in', `ssh ${ssh.port === 22 ? '' : `-p ${ssh.port} `}${ssh.user}@${ssh.host}`]] : []),
    ...(price
      ? [['price', `${price.hour.toFixed(4)} ${price.currency} an hour, ${price.month.toFixed(2)} a month`]]
      : []),
    ...(timing ? [['took', showDuration(timing.totalMs)]] : []),
  ];
  const rows = volumes.map(({ name, size, type, status, id, outcome }) => [
    name,
    `${size} GiB`,
    type,
    status,
    outcome,
    id,
  ]);
  const table = [textTable(facts)];
  if (rows.length > 0)
    table.push('', textTable([['VOLUME', 'SIZE', 'TYPE', 'STATUS', 'OUTCOME', 'ID'], ...rows]));
  return { value: node, table: table.join('\n'), names: [nodeWorkflowId(node)] };
}

function floatingIpRow({ ip, privateIp, id, own }: NodeFloatingIp): string {
  const ends = own === null ? '' : own ? '  ends with the node' : '  given back at its end';
  return `${ip} comes in at ${privateIp}${ends}  ${id}`;
}

/** What a destroy deleted and what it kept. */
export function destroyResult(result: DestroyResult, workflowId: string): Result {
  const row = (did: string) => (thing: Identifier) => [did, thing.kind, thing.name, thing.id];
  const rows = [...result.deleted.map(row('deleted')), ...result.kept.map(row('kept'))];
  return {
    value: result,
    table: result.absent ? 'nothing was there' : textTable(rows),
    names: [workflowId],
  };
}

/** The nodes of a fleet in one line each, those that failed last, because they are what to look at. */
export function fleetResult(result: FleetResult, workflowId: string): Result {
  const { nodes, failed, left } = result;
  const rows = nodes.map(({ name, region, outcome, address, instanceId }) => [
    name,
    region,
    outcome,
    address ?? '-',
    instanceId ?? '-',
  ]);
  const head = ['NODE', 'REGION', 'OUTCOME', 'ADDRESS', 'INSTANCE'];
  const table = rows.length > 0 ? [textTable([head, ...rows])] : ['no nodes'];
  if (failed.length > 0)
    table.push('', textTable(failed.map(({ name, region, type, message }) => [name, region, type, message])));
  if (left.length > 0)
    table.push('', textTable(left.map(({ kind, name, id }) => [`left ${kind}`, name, id])));
  const [, project = ''] = workflowId.split('.');
  return {
    value: result,
    table: table.join('\n'),
    names: nodes.map(({ name, region }) => nodeWorkflowId({ project, region, name })),
  };
}

/** Whatever a workflow on a node or a fleet returned. */
export function runResult(result: Workflows[HoldingType]['output'], workflowId: string): Result {
  // A stranger's workflow under this id may have returned anything.
  if (result instanceof Object) {
    if ('instance' in result) return nodeResult(result);
    if ('failed' in result) return fleetResult(result, workflowId);
    if ('kept' in result) return destroyResult(result, workflowId);
  }
  return { value: result, table: toJson(result, 2), names: [workflowId] };
}

/** Every node of a list in one line each. */
export function listResult(nodes: ListedNode[]): Result {
  const rows = nodes.map((node) => [
    node.name,
    node.project,
    node.region,
    node.instance?.status ?? 'no instance',
    node.instance?.publicIpv4 ?? '-',
    node.volumes.map(({ name, size }) => `${name}:${size}`).join(' ') || '-',
    node.instance?.id ?? '-',
  ]);
  const head = ['NODE', 'PROJECT', 'REGION', 'STATUS', 'ADDRESS', 'VOLUMES', 'INSTANCE'];
  return {
    value: { nodes },
    table: nodes.length > 0 ? textTable([head, ...rows]) : '',
    names: nodes.map(nodeWorkflowId),
    lines: nodes,
  };
}
