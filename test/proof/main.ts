/*
 * `npm run test:proof`: everything that is promised and takes longer than `npm test` may, one after the other: whole
 * tables, production's own time-outs, long lives, dying servers, rules taken out, an upgrade under load. Names of steps
 * (`npm run test:proof -- tables soak`) run these alone. It says what passed and how long each took, and ends with 1 when
 * something did not.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { textTable } from '../../src/cli/text-table.ts';
import { steps, type Step } from './steps.ts';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in steps));
if (unknown.length > 0)
  throw new Error(`there is no ${unknown.join(', ')}; there are ${Object.keys(steps).join(', ')}`);

const rows: string[][] = [];
for (const [name, step] of Object.entries(steps)) {
  if (names.length > 0 && !names.includes(name)) continue;
  process.stdout.write(`--- ${name}: ${step.proves}\n`);
  const began = performance.now();
  const passed = await passes(step);
  const seconds = Math.round((performance.now() - began) / 1000);
  rows.push([passed ? 'passed' : 'FAILED', `${seconds} s`, name, step.proves]);
  if (!passed) process.exitCode = 1;
}
process.stdout.write(`\n${textTable([['PROOF', 'TOOK', 'STEP', 'PROVES'], ...rows])}\n`);

async function passes({ command: [program, ...args], env }: Step): Promise<boolean> {
  const child = spawn(program, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}
