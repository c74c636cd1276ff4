import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../../src/temporal/free-ports.ts';
import { isProof } from '../support/proof.ts';
import { Stack } from '../support/stack.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { until } from '../support/until.ts';
import { spawnWorker, workerEnvironment } from '../support/worker-process.ts';
import { expressions, hasPrometheus } from './prometheus.ts';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({ worker: false });
});
afterAll(() => stack.stop());

test.skipIf(!isProof || !hasPrometheus)(
  'each panel shows something of a worker under load (with npm run test:proof, needs prometheus)',
  async (context) => {
    const [port = 0, workerPort = 0] = await freePorts(
      Array.from({ length: 2 }, () => ({ port: 0, option: '' })),
    );
    const project = stack.project();
    const address = `127.0.0.1:${workerPort}`;
    await control('/credentials/validate', {
      consumerKey: project.credentials.consumerKey,
      expiresAt: Date.now() + 9e8,
    });
    spawnWorker({ ...workerEnvironment(stack, project), MOORING_METRICS_ADDRESS: address }, context);
    const folder = await temporaryFolder();
    const config = join(folder, 'prometheus.yml');
    const scrape = { job_name: 'mooring', static_configs: [{ targets: [address] }] };
    await writeFile(config, JSON.stringify({ global: { scrape_interval: '1s' }, scrape_configs: [scrape] }));
    const prometheus = spawn(
      'prometheus',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    context.onTestFinished(async () => {
      prometheus.kill();
      await once(prometheus, 'exit');
    });
    const query = async (expr: string): Promise<number> => {
      const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`;
      const answer = await fetch(url).catch(() => undefined);
      // It answers with words as long as it starts.
      if (!answer?.ok) return 0;
      const { data } = (await answer.json()) as { data?: { result: { value: [number, string] }[] } };
      return data?.result.filter(({ value }) => value[1] !== 'NaN').length ?? 0;
    };
    await until(
      () => query('up == 1'),
      (found) => found === 1,
    );

    await load('first');
    // Counters are seen to grow only from their first scrape on.
    const silent = async () => {
      await load('again');
      const all = await Promise.all(
        (await expressions('1m')).map(async (expr) => ({ expr, found: await query(expr) })),
      );
      return all.filter(({ found }) => found === 0).map(({ expr }) => expr);
    };
    await expect.poll(silent, { timeout: 90_000, interval: 1000 }).toEqual([]);

    async function control(path: string, body: unknown): Promise<void> {
      const url = `${new URL(stack.endpoint).origin}/_simulator${path}`;
      const { ok } = await fetch(url, { method: 'POST', body: JSON.stringify(body) });
      expect(ok).toBe(true);
    }

    /** Nodes that come up, one that does not, an answer that is lost, one thing too many, and a survey. */
    async function load(round: string): Promise<void> {
      const spec = (name: string) => project.spec({ project: 'main', name: `${name}-${round}` });
      project.fault({ kind: 'rate-limit', retryAfter: 1, method: 'GET', path: '/volume', times: 1 });
      project.fault({ kind: 'reset-after', method: 'POST', path: '/instance', times: 1 });
      const runs = await Promise.all(
        ['a', 'b', 'c'].map((name) => stack.mooring.start('provisionNodeWithVolume', spec(name))),
      );
      await Promise.allSettled(runs.map((run) => run.result()));
      await (await stack.mooring.start('reap', {})).result();
      project.fault({ kind: 'list-incomplete', method: 'GET', path: '/instance', times: 1 });
      await (await stack.mooring.start('inspectNode', { region: 'GRA11', name: `a-${round}` })).result();
      for (const { region, name } of ['a', 'b', 'c'].map(spec))
        await (await stack.mooring.start('destroyNode', { region, name })).result();
    }
  },
);
