import { readFileSync } from 'node:fs';

/** The version in package.json, which lies at the same distance from `src/cli` and from `dist/cli`. */
export const MOORING_VERSION = versionIn(
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')),
);

function versionIn({ version }: { version: string }): string {
  return version;
}
