import { refusedCalls } from '../../worker/needed-calls.ts';
import type { ProjectConfig } from '../../worker/configuration/projects.ts';
import { ownerIn } from '../../worker/configuration/settings.ts';
import { Ovh, OvhApiError } from '../../ovh/index.ts';
import { look, type Finding } from './finding.ts';

/** OVH's clock is asked for before anything is signed, so a wrong one of ours is a warning, not a fault. */
const skewLimitS = 10;
const soonMs = 7 * 24 * 60 * 60_000;

/** OVH, its clock, and each project with its credentials. */
export function lookAtOvh(projects: ProjectConfig[]): Promise<Finding>[] {
  const endpoints = [...new Set(projects.map(({ endpoint }) => endpoint))];
  return [
    ...endpoints.map(async (endpoint) => lookAtEndpoint(endpoint)),
    ...projects.map(async (project) => lookAtProject(project)),
    look('owner', '', async () => {
      const owner = ownerIn(process.env);
      return owner === undefined
        ? {
            state: 'warning',
            says: 'MOORING_OWNER is not set',
            todo: 'workers need it anywhere but at a simulator',
          }
        : { state: 'ok', says: owner };
    }),
  ];
}

async function lookAtEndpoint(endpoint: string): Promise<Finding> {
  return look(`ovh ${endpoint}`, 'check OVH_ENDPOINT and the network; no proxy is used', async () => {
    const began = Date.now();
    const seconds = await new Ovh({ endpoint, credentials: { accessToken: 'none' } }).auth.time();
    const ended = Date.now();
    const tookMs = ended - began;
    // It tells whole seconds, and told them at some moment in between.
    const [ahead, behind] = [seconds - ended / 1000, began / 1000 - (seconds + 1)];
    const skew = ahead > 0 ? Math.ceil(ahead) : Math.min(0, -Math.ceil(behind));
    const clock =
      skew === 0 ? 'clocks agree' : `clock ${Math.abs(skew)} s ${skew > 0 ? 'ahead of' : 'behind'} ours`;
    const says = `answers in ${tookMs} ms, ${clock}`;
    return Math.abs(skew) > skewLimitS
      ? { state: 'warning', says, todo: "set this machine's clock by NTP" }
      : { state: 'ok', says };
  });
}

async function lookAtProject({
  alias,
  projectId,
  endpoint,
  credentials,
  origin,
}: ProjectConfig): Promise<Finding> {
  return look(`project ${alias}`, `check the credentials in ${origin}, or run "mooring login"`, async () => {
    const ovh = new Ovh({ endpoint, credentials });
    const { status, description } = await ovh.projects.get(projectId);
    if (status !== 'ok')
      return {
        state: 'failed',
        says: `${projectId} is ${status}`,
        todo: 'see the OVHcloud console',
        exitCode: 8,
      };
    const credential = await ovh.auth.currentCredential().catch((error: unknown) => {
      // Tokens of service accounts have no rules and no end of their own.
      if (error instanceof OvhApiError && error.status === 404) return null;
      throw error;
    });
    const says = `${projectId} (${description ?? 'no description'})`;
    if (!credential) return { state: 'ok', says };
    const refused = refusedCalls(credential.rules, projectId);
    if (refused.length > 0) {
      const todo = 'run "mooring login" for a key with the rights that are needed';
      return {
        state: 'failed',
        says: `${says}: ${refused.length} needed calls are refused`,
        todo,
        exitCode: 8,
      };
    }
    const { expiration } = credential;
    const endsSoon = expiration !== null && Date.parse(expiration) - Date.now() < soonMs;
    return endsSoon
      ? {
          state: 'warning',
          says: `${says}, its key ends on ${expiration}`,
          todo: 'run "mooring login" before that',
        }
      : { state: 'ok', says };
  });
}
