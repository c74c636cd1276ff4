import { createRequire } from 'node:module';
import { MooringError } from '../contract/error.ts';

/** Optional peers in package.json: what only some need, who do not pay for what others need (decision 19). */
const NEEDS = {
  worker: ['@temporalio/worker', 'pino', 'ssh2'],
  simulator: ['hono', '@hono/node-server', 'selfsigned'],
  guests: ['ssh2'],
  codecServer: ['hono', '@hono/node-server'],
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
  const missing = needs.flatMap((need) => NEEDS[need]).filter((name) => !isInstalled(name));
  if (missing.length > 0) throw new PackagesMissing(who, missing.map(asInstalled));
}

const require = createRequire(import.meta.url);

function isInstalled(name: string): boolean {
  try {
    require.resolve(name);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND';
  }
}

/** As npm takes it: Temporal's packages in the version that stands there already, because they fit each other in one alone. */
function asInstalled(name: string): string {
  if (name.startsWith('@temporalio/'))
    return `${name}@${versionIn(require('@temporalio/client/package.json'))}`;
  const { peerDependencies } = require('../../package.json') as { peerDependencies: Record<string, string> };
  // Without the caret, which some shells read themselves: 4.13 is any 4.13.
  return `${name}@${/\d+\.\d+/.exec(peerDependencies[name] ?? '')?.[0] ?? 'latest'}`;
}

const versionIn = (manifest: unknown) => (manifest as { version: string }).version;
