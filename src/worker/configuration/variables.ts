import { distance, nearest } from '../../input/nearest.ts';
import { ConfigError } from './config-error.ts';

/** Every variable that anything of Mooring reads, the Compose file included: a test holds this list to them. */
export const VARIABLES = [
  'MOORING_BUILD_ID',
  'MOORING_CODEC_KEY',
  'MOORING_CODEC_KEY_FILE',
  'MOORING_CODEC_TOKEN',
  'MOORING_CODEC_TOKEN_FILE',
  'MOORING_DEBUG',
  'MOORING_DEPLOYMENT',
  'MOORING_DEPLOY_DIR',
  'MOORING_DEPLOY_ENV',
  'MOORING_FIRST_LOOK',
  'MOORING_HOST_KEY_SECRET',
  'MOORING_HOST_KEY_SECRET_FILE',
  'MOORING_HTTP_PORT',
  'MOORING_LOG_LEVEL',
  'MOORING_METRICS_ADDRESS',
  'MOORING_MUTATIONS_PER_SECOND',
  'MOORING_OWNER',
  'MOORING_PLAINTEXT',
  'MOORING_PROJECTS_FILE',
  'MOORING_PROMETHEUS_PORT',
  'MOORING_READABLE_USER_DATA',
  'MOORING_RUN',
  'MOORING_SECRETS',
  'MOORING_SETTLE',
  'MOORING_SSH_KEYS_DIR',
  'MOORING_SUBSIDIARY',
  'MOORING_TASK_QUEUE',
  'MOORING_TEMPORAL_CLI',
  'MOORING_TEMPORAL_PORT',
  'MOORING_UI',
  'MOORING_UI_PORT',
  'MOORING_USER_DATA',
  'MOORING_USER_DATA_DIR',
  'MOORING_USER_DATA_ENV',
  'MOORING_WORKERS',
  'MOORING_WORKFLOW_BUNDLE',
];

/** Kubernetes tells every pod where the services beside it are: `MOORING_API_PORT_80_TCP_ADDR` of one called `mooring-api`. */
const OF_KUBERNETES = /_(SERVICE_HOST|SERVICE_PORT\w*|PORT|PORT_\d+_\w+)$/;

/** The variables that begin as Mooring's do and that nothing of it reads: another program's, or those of another version. */
export function strangersIn(env: NodeJS.ProcessEnv): string[] {
  return Object.keys(env).filter(
    (name) => /^MOORING_/i.test(name) && env[name] && !VARIABLES.includes(name) && !OF_KUBERNETES.test(name),
  );
}

/** @throws ConfigError where one of them was to be one of ours: a misspelt key would leave histories unencrypted */
export function refuseMisspelt(env: NodeJS.ProcessEnv): void {
  for (const name of strangersIn(env)) {
    const meant = meantBy(name);
    if (meant) throw new ConfigError(`nothing reads ${name}: call it ${meant}, or unset it`);
  }
}

/** The variable that is called nearly so (one letter of four may differ), or that begins so. */
function meantBy(name: string): string | undefined {
  const longer = VARIABLES.find((known) => known.startsWith(`${name}_`));
  const [near = ''] = nearest(name, VARIABLES, 1);
  const mayDiffer = Math.max(1, Math.floor((near.length - 'MOORING_'.length) / 4));
  return longer ?? (distance(name.toUpperCase(), near) <= mayDiffer ? near : undefined);
}
