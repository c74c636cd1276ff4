import type { createActivities } from '../../src/activities/index.ts';
import { loadWorkerConfig } from '../../src/worker/config.ts';
import { connectWorker } from '../../src/temporal/connect-worker.ts';
import { createWorkers, installRuntime } from '../../src/worker/worker.ts';
import { debian, read, type Served } from '../support/signed-call.ts';

/* A worker of the same settings as ours, whose activities do nothing, or make one call and nothing else. */

const config = await loadWorkerConfig(process.env);
const projects = new Map(
  await Promise.all(
    config.projects.map(async ({ alias, endpoint, projectId, credentials }) => {
      const served = { endpoint, projectId, ...(await credentials()) } as Served;
      return [alias, { served, debian: await debian(served) }] as const;
    }),
  ),
);

function projectOf(alias: string) {
  const project = projects.get(alias);
  if (!project) throw new Error(`there is no project ${alias}`);
  const { served } = project;
  return {
    debian: project.debian,
    get: async (path: string) =>
      read(served, { method: 'GET', path: `/cloud/project/${served.projectId}/${path}` }),
    post: async (path: string, body: object) =>
      read(served, { method: 'POST', path: `/cloud/project/${served.projectId}/${path}`, body }),
  };
}

const mutate = {
  async change() {},
  async create(alias: string, kind: 'instance' | 'volume', name: string): Promise<string> {
    const project = projectOf(alias);
    const body =
      kind === 'instance'
        ? { name, ...project.debian }
        : { name, region: project.debian.region, type: 'high-speed', size: 20 };
    return (await project.post(kind, body)).id;
  },
  async attach(alias: string, volume: string, instanceId: string): Promise<void> {
    const { get, post } = projectOf(alias);
    await post(`volume/${volume}/attach`, { instanceId });
    await get(`volume/${volume}`);
  },
};
const observe = {
  async look() {},
  async lists(alias: string): Promise<void> {
    const { get } = projectOf(alias);
    await Promise.all(['instance', 'volume'].map((kind) => get(`${kind}?region=GRA11`)));
  },
  async read(alias: string, kind: 'instance' | 'volume', id: string): Promise<void> {
    await projectOf(alias).get(`${kind}/${id}`);
  },
  async wait(): Promise<never> {
    return new Promise(() => {});
  },
};
export type Mutations = typeof mutate;
export type Looks = typeof observe;

installRuntime({ logLevel: 'ERROR' });
const { connection, namespace } = await connectWorker();
const workers = await createWorkers(
  config,
  { mutate, observe } as unknown as ReturnType<typeof createActivities>,
  {
    connection,
    namespace,
    dataConverter: {},
    encodesFailures: false,
  },
);
process.stderr.write('bare worker ready\n');
await Promise.all(workers.map((worker) => worker.run()));
