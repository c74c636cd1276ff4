import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/temporary-folder.ts';
import manifest from '../../package.json' with { type: 'json' };
import { cli } from './run-cli.ts';

/* Most of the time that a command takes goes into what it loads: nobody waits for what another command needs. */

const known = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
const temporal = ['client', 'common', 'envconfig', 'proto'].map((name) => `@temporalio/${name}`);

test.each<[string, string[], string[]]>([
  ['the version', ['--version'], []],
  ['help', ['--help'], []],
  ['a flag that is none', ['list', '--wrong'], []],
  ['a node without a region', ['get', 'web-1'], []],
  ['a spec to check', ['validate', 'web-1', '--region', 'GRA11'], ['zod']],
  ['a question to Temporal', ['list'], [...temporal, 'protobufjs', 'zod']],
  ['a question to OVH', ['flavors'], ['ky', 'undici', 'yaml', 'zod']],
])('loads for %s what it needs, and no more', async (_what, args, needed) => {
  // Node writes down which modules a process has loaded, for whoever asks what of them ran.
  const folder = await temporaryFolder();
  await cli(args, { NODE_V8_COVERAGE: folder, TEMPORAL_ADDRESS: '', HOME: folder });

  const loaded = await Promise.all(
    (await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')),
  );
  const packages = loaded.join().matchAll(/"url":"file:[^"]*\/node_modules\/((?:@[^/"]+\/)?[^/"]+)/g);
  const names = new Set([...packages].map(([, name = '']) => name));

  expect(known.filter((name) => names.has(name)).sort()).toEqual(['commander', ...needed].sort());
});
