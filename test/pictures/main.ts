/*
 * Takes the pictures of the README and the guides: `npm run pictures`, or `-- terminal` for some of them. All that they
 * show is real: Temporal with its UI, the simulator, a worker. Needs a chromium.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { EmbeddedStack } from '../../src/cli/embedded-stack.ts';
import { uiLink } from '../../src/cli/ui-link.ts';
import { Mooring, type Run } from '../../src/client/index.ts';
import type { NodeSpec } from '../../src/contract/index.ts';
import { freePorts } from '../../src/temporal/free-ports.ts';
import { findChromium } from '../support/chromium.ts';
import { recordTerminal } from './terminal.ts';
import { PATIENT } from '../support/patience.ts';

const folder = fileURLToPath(new URL('../../docs/pictures/', import.meta.url));
const WIDTH = 1600;
const MOST_BYTES = 300_000;

const executablePath = findChromium();
if (executablePath === undefined)
  throw new Error('pictures need a chromium; CHROMIUM names one that is not on the PATH');
const wanted = process.argv.slice(2);
const dataDir = await mkdtemp(join(tmpdir(), 'mooring-pictures-'));
const [uiPort] = await freePorts([{ port: 0, option: '--ui-port' }]);
const stack = await EmbeddedStack.start({
  dataDir,
  ports: { uiPort: uiPort! },
  simulator: { bootMs: 4000, volumeMs: 2500, attachMs: 1500, seed: 7 },
  settle: '3s',
  tell: (line) => process.stderr.write(`${line}\n`),
});
const mooring = await Mooring.connect({ ...PATIENT, address: stack.server.address });
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const page = await browser.newPage({ viewport: { width: WIDTH, height: 900 } });

const spec = (name: string, more: Partial<NodeSpec> = {}): NodeSpec => ({
  name,
  region: 'GRA11',
  flavor: 'b3-8',
  image: 'Debian 12',
  volumes: [
    { name: 'data', size: 20 },
    { name: 'log', size: 10 },
  ],
  ...more,
});
const provision = (node: NodeSpec) => mooring.start('provisionNodeWithVolume', node);
const ended = (run: Run) => run.result().catch(() => undefined);

/** In this order: each leaves at OVH what the next ones show. */
const pictures: Record<string, () => Promise<void>> = {
  async waits() {
    // What the worker has seen before, it says.
    await ended(await provision(spec('web-1')));
    await settings({ bootMs: 600_000 });
    const run = await provision(spec('web-2'));
    const isTold = async () => (await run.progress()).steps.some(({ ovhStatus }) => ovhStatus === 'BUILD');
    while (!(await isTold())) await page.waitForTimeout(1000);
    await openRun(run, 'timeline');
    await take('waits', 1130);
    await openRun(run, 'user-metadata');
    await take('waits-details', 820);
    await settings({ bootMs: 4000 });
    await run.cancel();
    await ended(run);
  },
  async undone() {
    const path = `/cloud/project/${stack.simulator.first.projectId}/volume`;
    stack.simulator.addFault({ kind: 'volume-error', method: 'POST', path, times: 1 });
    const run = await provision(spec('web-3'));
    await ended(run);
    await openRun(run, 'user-metadata');
    await take('undone-details', 1120);
  },
  async simulator() {
    const { name: _name, ...node } = spec('any');
    const run = await mooring.start('provisionFleet', { name: 'shop', count: 6, node });
    await page.waitForTimeout(4000);
    await page.goto(new URL(stack.endpoint).origin);
    await page.waitForTimeout(1500);
    await take('simulator', 1300);
    await ended(run);
  },
  async terminal() {
    await recordTerminal(page, stack);
    await take('terminal', 610, 1240);
  },
};

try {
  await mkdir(folder, { recursive: true });
  for (const [name, show] of Object.entries(pictures))
    if (wanted.length === 0 || wanted.includes(name)) await show();
} finally {
  await browser.close();
  await mooring.close();
  await stack.stop();
  await rm(dataDir, { recursive: true });
}

async function settings(delays: object): Promise<void> {
  const url = new URL('/_simulator/settings', stack.endpoint);
  await fetch(url, { method: 'POST', body: JSON.stringify(delays) });
}

/** A run's page, as the Temporal UI shows it once all of it is there. */
async function openRun({ workflowId, runId }: Run, tab: string): Promise<void> {
  const link = uiLink(stack.server.uiUrl!, { namespace: 'default', workflowId, runId });
  await page.goto(link.replace(/history$/, tab));
  await page.getByRole('heading', { name: workflowId }).waitFor();
  await page.waitForTimeout(1500);
}

/** Chromium's own WebP: smaller than PNG, and everything that shows Markdown shows it. */
async function take(name: string, height: number, width = WIDTH): Promise<void> {
  await page.setViewportSize({ width, height });
  await page.waitForTimeout(500);
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  await session.detach();
  await page.setViewportSize({ width: WIDTH, height: 900 });
  const bytes = Buffer.from(data, 'base64');
  const file = join(folder, `${name}.webp`);
  await writeFile(file, bytes);
  process.stderr.write(`${file}: ${Math.round(bytes.length / 1000)} kB\n`);
  if (bytes.length > MOST_BYTES) throw new Error(`${file} is too large for a README`);
}
