import { flavors } from '../../../src/simulator/catalogue/flavors.ts';
import { contract, type ContractOperation } from '../conformance.ts';
import type { Bench } from '../support.ts';
import { drawFrom, pick, valueOf, type Draw, type Ids } from './values.ts';

interface MadeUpCall {
  method: string;
  /** With its query. */
  path: string;
  body: Record<string, unknown> | undefined;
}

/** The same seed in the same world makes the same call of that operation: mostly sense, sometimes nonsense. */
export function makeCall(
  operation: Pick<ContractOperation, 'method' | 'path'>,
  seed: number,
  world: Ids,
): MadeUpCall {
  const draw = drawFrom(seed);
  const params =
    contract.operations.find(({ method, path }) => method === operation.method && path === operation.path)
      ?.params ?? [];
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(valueOf('string', nameInPath(name, operation.path), draw, world))),
  );
  const query = new URLSearchParams();
  for (const { name, in: place, type, required } of params)
    if (place === 'query' && name !== null && (required || draw() < 0.4))
      query.append(name, String(valueOf(type.replace('[]', ''), name, draw, world)));
  const bodyType = params.find((parameter) => parameter.in === 'body')?.type;
  const body =
    bodyType === undefined
      ? undefined
      : (valueOf(bodyType, nameOfBody(operation.path), draw, world) as Record<string, unknown>);
  if (body) spoil(body, draw);
  if (draw() < 0.01) query.append('colour', 'red');
  const search = query.size > 0 ? `?${query.toString()}` : '';
  return { method: operation.method, path: `${path}${search}`, body };
}

/** An `id` in a path is of what comes before it. */
const nameInPath = (name: string, path: string) =>
  name === 'id' ? `${path.split('/{id}')[0]?.split('/').at(-1)}Id` : name;

const nameOfBody = (path: string) => path.split('/').findLast((part) => !part.startsWith('{')) ?? '';

function spoil(body: Record<string, unknown>, draw: Draw): void {
  const [first = 'nothing'] = Object.keys(body);
  const how = draw();
  if (how < 0.02) body['colour'] = 'red';
  else if (how < 0.04) delete body[first];
  else if (how < 0.06) body[first] = { not: 'this' };
  else if (how < 0.07) body[pick(draw, Object.keys(body)) ?? first] = null;
}

/** The ids that calls may name: what exists, in the order in which it came to be. */
export async function idsIn({ simulator, ok }: Bench): Promise<Ids> {
  const { instances, volumes, sshKeys, volumeSnapshots, imageSnapshots, operations, ...rest } =
    simulator.state();
  const ids = (things: { id: string }[]) => things.map(({ id }) => id);
  const images: any[] = await ok('GET', '/image?region=GRA11');
  const sized = flavors.filter(({ region, osType }) => region === 'GRA11' && osType === 'linux');
  const networks: any[] = await ok('GET', '/network/private');
  const subnets: any[][] = await Promise.all(
    networks.map(async ({ id }) => ok('GET', `/network/private/${id}/subnet`)),
  );
  const interfaces: any[][] = await Promise.all(
    instances.slice(0, 2).map(async ({ id }) => await ok('GET', `/instance/${id}/interface`).catch(() => [])),
  );
  return {
    serviceName: [simulator.first.projectId],
    instanceId: ids(instances),
    instancesIds: ids(instances),
    volumeId: ids(volumes),
    snapshotId: ids(volumeSnapshots),
    snapshotIds: ids(volumeSnapshots),
    imageId: [
      ...images.filter(({ status }) => status === 'active').map(({ id }) => id),
      ...ids(imageSnapshots),
    ],
    keyId: ids(sshKeys),
    sshKeyId: ids(sshKeys),
    sshKey: sshKeys.map(({ name }) => name),
    operationId: ids(operations),
    flavorId: ids([...sized]),
    networkId: networks.flatMap(({ id, regions }) => [id, ...regions.map((each: any) => each.openstackId)]),
    subnetId: subnets.flat().map(({ id }) => id),
    interfaceId: interfaces.flat().map(({ id }) => id),
    gatewayId: ids(rest.gateways),
    floatingIpId: ids(rest.floatingIps),
    backupWorkflowId: ids(await ok('GET', '/region/GRA11/workflow/backup')),
    groupId: ids(await ok('GET', '/instance/group')),
    volumeBackupId: ids(await ok('GET', '/region/GRA11/volumeBackup')),
  };
}
