import { createRequire } from 'node:module';
import { MooringError } from '../contract/error.ts';
import { codeOf } from '../contract/unknown.ts';

/** Optional peers in package.json: what only some need, who do not pay for what others need (decision 19). */
const NEEDS = {
  worker: ['@temporalio/worker', 'pino', 'ssh2'],
  simulator: ['hono', '@hono/node-server', 'selfsigned'],
  guests: ['ssh2'],
  codecServer: ['hono', '@hono/node-server'],
  traces: [
    '@opentelemetry/api',
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace',
  ],
} as const;

export type Need = keyof typeof NEEDS;

/** Packages are not installed that what was called needs; the message says which to install. */
export class PackagesMissing extends MooringError {
  override readonly name = 'PackagesMissing';
  readonly packages: readonly string[];

  constructor(who: string, packages: readonly string[]) {
    super(
      'PackagesMissing',
      `${who} needs packages that are not installed: npm install ${packages.join(' ')}`,
    );
    this.packages = packages;
  }
}

/**
 * To be called before what needs them is imported: an import that fails names one file of ours and no remedy.
 *
 * @param who what was called, such as `mooring dev`
 * @throws PackagesMissing
 */
export function requirePackages(who: string, ...needs: Need[]): void {
  const missing = missingPackages(...needs);
  if (missing.length > 0) throw new PackagesMissing(who, missing);
}

/** What is not installed, as npm takes it. */
export function missingPackages(...needs: Need[]): string[] {
  const names = needs.flatMap<string>((need) => NEEDS[need]);
  return names.filter((name) => !isInstalled(name)).map(asInstalled);
}

const require = createRequire(import.meta.url);

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch (error) {
    return codeOf(error) !== 'MODULE_NOT_FOUND';
  }
}

/** As npm takes it: Temporal's packages in the version that stands there already, because they fit each other in one alone. */
function asInstalled(name: string): string {
  if (name.startsWith('@temporalio/'))
    return `${name}@${versionIn(require('@temporalio/client/package.json'))}`;
  // What it is tested with; the peers' ranges leave a program the version that it has.
  const {
    devDependencies = {},
  }: { devDependencies?: Record<string, string> } = require('../../package.json');
  // Without the caret, which some shells read themselves: 4.13 is any 4.13.
  return `${name}@${/\d+\.\d+/.exec(devDependencies[name] ?? '')?.[0] ?? 'latest'}`;
}

const versionIn = ({ version }: { version: string }) => version;
