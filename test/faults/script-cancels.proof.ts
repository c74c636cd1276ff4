import { writeFile } from 'node:fs/promises';
import type { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { OperationFailed } from '../../src/client/errors.ts';
import type { NodeSpec } from '../../src/contract/index.ts';
import { connectClient } from '../../src/temporal/connect.ts';
import { GuestStack } from '../support/guest-stack.ts';
import { named, sampled } from '../support/proof.ts';
import type { TestProject } from '../support/stack.ts';
import { until } from '../support/until.ts';
import { cancelled, endOf } from './ends.ts';
import { edges, kindOf, momentName, reachesEdge, type Moment } from './moments.ts';
import { PATIENT } from '../support/patience.ts';

/*
 * A cancel at every edge of what is done in a guest, and at moments of the script itself × once, once more while it is
 * stopped, once more while the node is taken back. After each row nothing is left at OVH, and what the run says of the script is
 * what the script itself has left behind.
 */

const cancels = ['once', 'again while it is stopped', 'again during the undo'] as const;
/** What history does not show: its first and its last act. */
type At = Extract<Moment, { step: string }> | { script: 'begins' | 'is about to end' };
interface Row {
  moment: At;
  cancel: (typeof cancels)[number];
}

const steps = ['await-guest', 'deploy-setup', 'await-deploy-setup'];
const moments: At[] = [
  ...(edges(steps) as Extract<Moment, { step: string }>[]),
  { script: 'begins' },
  { script: 'is about to end' },
];
const whenOf = (moment: At) => ('script' in moment ? `the script ${moment.script}` : momentName(moment));
const all: Row[] = moments.flatMap((moment) => cancels.map((cancel) => ({ moment, cancel })));
const rows = sampled(all, ({ moment }) => ('script' in moment ? moment.script : kindOf(moment)));

let guests: GuestStack;
let client: Client;
let connection: Connection;
beforeAll(async () => {
  ({ client, connection } = await connectClient({ ...PATIENT, address: inject('temporalAddress') }));
  guests = await GuestStack.start();
});
afterAll(async () => {
  await guests?.stop();
  await connection?.close();
});

const begin = (spec: NodeSpec) => guests.stack.mooring.start('provisionNodeWithVolume', spec);
const specOf = (project: TestProject) =>
  guests.spec(project, {
    volumes: [{ name: 'data', size: 10 }],
    deploy: {
      steps: [
        {
          name: 'setup',
          script: `${mark(project, 'begins')}; until test -e ${mayEnd(project)}; do sleep 0.1; done; ${mark(project, 'ends')}`,
        },
      ],
    },
  });
/** While there is no such file the script goes on. */
const mayEnd = ({ alias }: TestProject) => guests.file(`${alias}-may-end`);
const mark = ({ alias }: TestProject, word: string) => `echo ${word} >>${guests.file(alias)}`;

test('the table has every step that a script adds', async () => {
  const project = await guests.project();
  const run = await begin(specOf(project));
  await reachesEdge(client, run, { step: 'await-deploy-setup', edge: 'begun' });
  await writeFile(mayEnd(project), '');
  const { timing } = await run.result();
  expect(Object.keys(timing.steps).filter((step) => /guest|deploy/.test(step))).toEqual(steps);
});

test.concurrent.each(named(rows.map((row) => ({ ...row, name: `${whenOf(row.moment)}: ${row.cancel}` }))))(
  'cancelled as %s',
  async (_, { moment, cancel }) => {
    const project = await guests.project();
    const run = await begin(specOf(project));
    const end = endOf(run);
    const lines = () => guests.lines(project.alias);
    if (/await-deploy-setup done|about to end/.test(whenOf(moment))) {
      await reachesEdge(client, run, { step: 'await-deploy-setup', edge: 'begun' });
      await writeFile(mayEnd(project), '');
    }
    if (!('script' in moment)) expect(await reachesEdge(client, run, moment)).toBe(true);
    else await until(async () => (await lines()).length >= (moment.script === 'begins' ? 1 : 2));
    await cancelled(run);
    if (cancel === 'again while it is stopped') {
      // A run that had not come as far as the script stops none.
      await reachesEdge(client, run, { step: 'stop-deploy-setup', edge: 'begun' });
      await cancelled(run);
    }
    if (cancel === 'again during the undo') {
      await until(() => end.isOver || project.changes.some((change) => change.startsWith('DELETE')));
      await cancelled(run);
    }

    const outcome = await end.outcome;
    const ran = await lines();
    if (outcome.status === 'fulfilled') {
      // It came too late: all is there that was asked for.
      expect(whenOf(moment)).toMatch(/await-deploy-setup done|about to end/);
      expect(ran).toEqual(['begins', 'ends']);
      return;
    }
    expect(project.instances.filter(({ status }) => status !== 'DELETED')).toEqual([]);
    expect(project.volumes.filter(({ status }) => status !== 'deleted')).toEqual([]);
    const { type, message, details } = outcome.reason as OperationFailed;
    expect({ type, left: details?.left }).toEqual({ type: 'Cancelled', left: [] });
    expect(saidOf(details?.deploy?.[0], message), `${message}: ${JSON.stringify(details?.deploy)}`).toBe(
      ran.join(),
    );
  },
);

/** What a run says that its script has done. */
function saidOf(
  step: { outcome: string; exitCode: number | null } | undefined,
  message: string,
): string | undefined {
  if (!step || message.includes('script "setup" never began')) return '';
  if (step.outcome === 'stopped' && message.includes('was stopped by TERM')) return 'begins';
  return step.exitCode === 0 ? 'begins,ends' : undefined;
}
