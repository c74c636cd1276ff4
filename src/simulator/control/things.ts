import { Hono } from 'hono';

import { checkParameters } from '../http/parameters.ts';
import { createInstance, instanceCreation, type InstanceCreation } from '../operations/create-instance.ts';
import { createVolume, volumeCreation, type VolumeCreation } from '../operations/create-volume.ts';
import { newestImage, republishImage } from '../operations/images.ts';
import { deleteInstance, findInstance } from '../operations/instances.ts';
import { deleteVolume, findVolume } from '../operations/volumes.ts';
import type { ProjectRecord } from '../world/project.ts';
import type { InstanceStatusEnum, VolumeStatusEnum } from '../world/records.ts';
import type { SimulatorCredentials, World } from '../world/world.ts';
import { idsByName, readName, readObject } from './input.ts';

/** What somebody does by hand, beside every client: creates, renames and deletes; and what OVH does without being asked. */
export function thingRoutes(world: World, first: SimulatorCredentials): Hono {
  const routes = new Hono();
  const now = () => ({ now: world.now(), fails: false });

  routes.post('/instances', async (c) => {
    const { projectId = first.projectId, region = 'GRA11', flavor, image, ...rest } = await readObject(c);
    const project = findProject(world, projectId);
    const ids = idsByName(project, region, flavor ?? 'b3-8', image ?? 'Debian 12');
    const wanted = { name: 'by-hand', region, ...ids, ...rest };
    checkParameters(instanceCreation, wanted, { unknownParameters: 'refused' });
    const { id } = createInstance(world, project, wanted as InstanceCreation, now());
    return c.json({ id }, 201);
  });

  routes.post('/volumes', async (c) => {
    const { projectId = first.projectId, ...rest } = await readObject(c);
    const wanted = { region: 'GRA11', size: 10, type: 'classic', ...rest };
    checkParameters(volumeCreation, wanted, { unknownParameters: 'refused' });
    const { id } = createVolume(world, findProject(world, projectId), wanted as VolumeCreation, now());
    return c.json({ id }, 201);
  });

  routes.delete('/instances/:id', (c) => {
    const id = c.req.param('id');
    deleteInstance({ world, project: holderOf(world, id), ...now() }, id);
    return c.json(null);
  });

  routes.post('/instances/:id/name', async (c) => {
    const id = c.req.param('id');
    findInstance(holderOf(world, id), id, world.now()).instance.name = readName(await readObject(c));
    return c.json(null);
  });

  routes.post('/volumes/:id/name', async (c) => {
    const id = c.req.param('id');
    findVolume(holderOf(world, id), id, world.now()).volume.name = readName(await readObject(c));
    return c.json(null);
  });

  routes.post('/images', async (c) => {
    const { projectId = first.projectId, region = 'GRA11', name } = await readObject(c);
    const project = findProject(world, projectId);
    const old = newestImage(project, region, name);
    if (!old) throw new TypeError('There is no such image in that region.');
    return c.json({ id: republishImage(world, project, old, world.now()).id }, 201);
  });

  /** Any JSON: what OVH's contract rules out is the point of it. */
  routes.post('/odd-records', async (c) => {
    const { projectId = first.projectId, list, record } = await readObject(c);
    if (typeof list !== 'string' || record === undefined)
      throw new TypeError(
        'list is the path of a list, such as "instance", and record what it shows besides.',
      );
    findProject(world, projectId).oddRecords.push({ list, record });
    return c.json(null, 201);
  });

  /** Any word: OVH has more than the contract knows. */
  routes.post('/instances/:id/status', async (c) => {
    const id = c.req.param('id');
    const { status } = await readObject(c);
    if (typeof status !== 'string' || status === '')
      throw new TypeError('status is a word such as SUSPENDED.');
    const { instance } = findInstance(holderOf(world, id), id, world.now());
    instance.states.set(world.now(), status as InstanceStatusEnum);
    return c.json(null);
  });

  /** Stuck in whatever OVH calls it, until it is said otherwise. */
  routes.post('/volumes/:id/status', async (c) => {
    const id = c.req.param('id');
    const { status } = await readObject(c);
    if (typeof status !== 'string' || status === '')
      throw new TypeError('status is a word such as detaching.');
    const { volume, state } = findVolume(holderOf(world, id), id, world.now());
    const attachedTo = status === 'available' ? [] : state.attachedTo;
    volume.states.set(world.now(), { ...state, attachedTo, status: status as VolumeStatusEnum });
    return c.json(null);
  });

  routes.delete('/volumes/:id', (c) => {
    const id = c.req.param('id');
    deleteVolume({ world, project: holderOf(world, id), ...now() }, id);
    return c.json(null);
  });

  return routes;
}

export function findProject(world: World, id: unknown): ProjectRecord {
  const project = world.projects.get(String(id));
  if (!project) throw new TypeError('There is no such project.');
  return project;
}

function holderOf(world: World, id: string): ProjectRecord {
  for (const project of world.projects.values()) {
    if (project.instances.has(id) || project.volumes.has(id)) return project;
  }
  throw new TypeError('There is nothing with that id.');
}
