import { request } from 'undici';
import { z } from 'zod';
import { missingPackages } from '../../entries/needs.ts';
import { checked, setting } from '../../worker/configuration/settings.ts';
import type { Ready } from '../../worker/readiness.ts';
import { tracesEndpoint } from '../../worker/traces.ts';
import { look, type Finding, type Found } from './finding.ts';

/** What those see of a worker with this environment who watch it: metrics, health, alerts, logs, traces. */
export function lookAtWatching(env: NodeJS.ProcessEnv, prometheus: string | undefined): Promise<Finding>[] {
  return [
    lookAtMetrics(env),
    lookAtHealth(env),
    lookAtAlerts(prometheus),
    lookAtLogs(env),
    lookAtTraces(env),
  ];
}

const answerOfWorker: z.ZodType<Ready> = z.object({
  ready: z.boolean(),
  temporal: z.string(),
  ovh: z.record(z.string(), z.string()),
});

const NOT_SET = 'set MOORING_METRICS_ADDRESS to have it, such as 127.0.0.1:9464';
const NOBODY = 'start a worker with this environment: mooring worker';

async function lookAtMetrics(env: NodeJS.ProcessEnv): Promise<Finding> {
  return lookAtWorker('metrics', '/metrics', env, (answer, url) => {
    const series = answer.split('\n').filter((line) => line.startsWith('mooring_')).length;
    return series > 0
      ? { state: 'ok', says: `${series} series at ${url}` }
      : { state: 'warning', says: `what answers at ${url} is no worker`, todo: 'choose another address' };
  });
}

async function lookAtHealth(env: NodeJS.ProcessEnv): Promise<Finding> {
  return lookAtWorker('health', '/readyz', env, (answer, url) => {
    const { ready, temporal, ovh } = read(answerOfWorker, answer, `${url} is no worker`);
    if (ready) return { state: 'ok', says: `ready, says ${url}` };
    const wrong = Object.entries({ temporal, ...ovh }).filter(([, said]) => said !== 'ok');
    return { state: 'failed', says: wrong.map((each) => each.join(': ')).join('; ') };
  });
}

/** What a worker with this environment answers at a path, and what that means. */
async function lookAtWorker(
  check: string,
  path: string,
  env: NodeJS.ProcessEnv,
  judge: (answer: string, url: string) => Found,
): Promise<Finding> {
  return look(check, NOBODY, async () => {
    const address = checked(env, 'MOORING_METRICS_ADDRESS', setting.address);
    if (!address) return { state: 'off', says: 'nowhere', todo: NOT_SET };
    const url = `http://${address}${path}`;
    const answer = await asked(url);
    return answer === undefined
      ? { state: 'warning', says: `nothing answers at ${url}`, todo: NOBODY }
      : judge(answer, url);
  });
}

/** An alert that each version of `deploy/alerts.yml` has. */
const AN_ALERT = 'MooringNoWorker';

async function lookAtAlerts(prometheus: string | undefined): Promise<Finding> {
  return look('alerts', 'check the address of Prometheus', async () => {
    const rules = 'give Prometheus deploy/alerts.yml (rule_files)';
    if (prometheus === undefined)
      return { state: 'off', says: 'not looked for', todo: `--prometheus URL looks; ${rules}` };
    const url = new URL('api/v1/rules', prometheus.replace(/\/*$/, '/'));
    const answer = await asked(url);
    if (answer === undefined) return { state: 'warning', says: `nothing answers at ${url.origin}` };
    const { data } = read(answerOfPrometheus, answer, `${url.origin} is no Prometheus`);
    const all = data.groups.flatMap((group) => group.rules);
    const own = all.filter(({ name }) => name.startsWith('Mooring'));
    if (!own.some(({ name }) => name === AN_ALERT))
      return { state: 'warning', says: `${url.origin} has none of ours`, todo: rules };
    const firing = own.filter(({ state }) => state === 'firing').map(({ name }) => name);
    const says = `${own.length} at ${url.origin}`;
    return firing.length === 0
      ? { state: 'ok', says: `${says}, none fires` }
      : { state: 'warning', says: `${says}; firing: ${firing.join(', ')}`, todo: 'see the runbook' };
  });
}

const rule = z.object({ name: z.string(), state: z.string().optional() });
const answerOfPrometheus = z.object({
  data: z.object({ groups: z.array(z.object({ rules: z.array(rule) })) }),
});

async function lookAtLogs(env: NodeJS.ProcessEnv): Promise<Finding> {
  return look('logs', 'mend MOORING_LOG_LEVEL', async () => {
    const level = checked(env, 'MOORING_LOG_LEVEL', setting.logLevel) ?? 'INFO';
    const missing = missingPackages('worker');
    if (missing.length > 0)
      return { state: 'off', says: 'no worker is installed', todo: `npm install ${missing.join(' ')}` };
    return { state: 'ok', says: `a line of JSON each on a worker's standard output, ${level} and graver` };
  });
}

async function lookAtTraces(env: NodeJS.ProcessEnv): Promise<Finding> {
  return look('traces', 'mend OTEL_EXPORTER_OTLP_ENDPOINT', async () => {
    const endpoint = tracesEndpoint(env);
    if (endpoint === undefined)
      return { state: 'off', says: 'nowhere', todo: 'set OTEL_EXPORTER_OTLP_ENDPOINT to have them' };
    const missing = missingPackages('traces');
    if (missing.length > 0)
      return { state: 'failed', says: 'packages are missing', todo: `npm install ${missing.join(' ')}` };
    // A collector has no other path that all of them know; that it refuses this proves that it is there.
    const answer = await asked(endpoint);
    return answer !== undefined
      ? { state: 'ok', says: `to ${endpoint}` }
      : {
          state: 'warning',
          says: `nothing answers at ${endpoint}`,
          todo: 'start the collector; nothing else waits for it',
        };
  });
}

function read<T>(schema: z.ZodType<T>, answer: string, otherwise: string): T {
  try {
    return schema.parse(JSON.parse(answer));
  } catch {
    throw new Error(`what answers at ${otherwise}`);
  }
}

/** Undefined where nothing listens. */
async function asked(url: string | URL): Promise<string | undefined> {
  try {
    const { body } = await request(url, { signal: AbortSignal.timeout(5000) });
    return await body.text();
  } catch {
    return undefined;
  }
}
