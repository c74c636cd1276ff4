import { setTimeout as sleep } from 'node:timers/promises';
import { chromium, type Browser, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ovh, OvhNetworkError } from '../../src/ovh/index.ts';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { findChromium } from '../support/chromium.ts';
import { PATIENCE_MS } from '../support/patience.ts';

/* The page at the root, in a real browser, while a real client works. */

/** So that a state lasts until the page has shown it. */
let aheadMs = 0;
const clock = { now: () => Date.now() + aheadMs, sleep: (ms: number) => sleep(ms) };
const LONG_MS = 60_000;
const simulator = createSimulator({
  bootMs: LONG_MS,
  volumeMs: 300,
  attachMs: 600,
  deleteMs: LONG_MS,
  clock,
});
const { projectId, ...credentials } = simulator.first;
const executablePath = findChromium();
let url: string;
let ovh: Ovh;
let close: () => Promise<void>;

beforeAll(async () => {
  const served = await serveSimulator(simulator);
  ({ url, close } = served);
  ovh = new Ovh({ endpoint: served.endpoint, credentials });
});
afterAll(() => close());

async function request(name: string) {
  const { flavors, images } = ovh.project(projectId);
  const flavor = (await flavors.list('GRA11')).find(
    (each) => each.name === 'b3-8' && each.osType === 'linux',
  );
  const image = (await images.list('GRA11')).find(
    (each) => each.name === 'Debian 12' && each.status === 'active',
  );
  return { name, region: 'GRA11', flavorId: flavor!.id, imageId: image!.id };
}

describe.skipIf(executablePath === undefined)('in a browser (needs a chromium)', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const elsewhere: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: executablePath!,
      timeout: PATIENCE_MS,
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (each) => {
      if (!each.url().startsWith(url) && !each.url().startsWith('data:')) elsewhere.push(each.url());
    });
    await page.goto(url);
  });
  afterAll(() => browser?.close());

  const instanceRow = (name: string) => page.locator('#instances > li', { hasText: name });

  test('an instance and its volume change their states before one’s eyes', async () => {
    await page.getByText('No instance. What clients make shows up here.').waitFor();
    const { instances, volumes } = ovh.project(projectId);
    const { id } = await instances.create(await request('web-1'));
    const row = instanceRow('web-1');
    await row.getByText('BUILD').waitFor();
    aheadMs += LONG_MS;
    await row.getByText('ACTIVE').waitFor();
    await row.getByText('b3-8, Debian 12, GRA11').waitFor();

    const volume = await volumes.create({ name: 'web-1-data', region: 'GRA11', size: 20, type: 'classic' });
    await page.locator('#volumes > li', { hasText: 'web-1-data' }).getByText('available').waitFor();
    await volumes.attach(volume.id, id);
    await row.locator('.inside > li', { hasText: 'web-1-data' }).getByText('in-use').waitFor();
    expect(await page.locator('#volumes > li').count()).toBe(0);

    await row.getByRole('button', { name: 'Delete it by hand' }).click();
    await row.getByText('DELETING').waitFor();
    aheadMs += LONG_MS;
    await page.locator('#volumes > li', { hasText: 'web-1-data' }).getByText('available').waitFor();
    await row.waitFor({ state: 'detached' });
    expect(simulator.state().instances).toEqual([]);
  });

  test('a button loses an answer: the client hears nothing, and the page shows what was made', async () => {
    const wanted = await request('lost-1');
    await page.getByRole('button', { name: 'Lose the answer to the next instance' }).click();
    await page.locator('#faults').getByText('reset-after for POST').waitFor();
    await expect(ovh.project(projectId).instances.create(wanted)).rejects.toThrow(OvhNetworkError);
    await instanceRow('lost-1').waitFor();
    await page.locator('#calls > li', { hasText: 'reset-after' }).waitFor();
    expect(await page.locator('#faults > li').count()).toBe(0);
  });

  test('how this OVHcloud behaves is changed while it runs', async () => {
    await page.getByText('How this OVHcloud behaves').click();
    await page.getByLabel('bootMs').fill('4321');
    await page.getByLabel('bootMs').press('Tab');
    await page.getByLabel('voidAnswer').selectOption('204');
    await expect.poll(async () => json('/_simulator/switches')).toMatchObject({ voidAnswer: '204' });
    await expect.poll(async () => json('/_simulator/settings')).toMatchObject({ bootMs: 4321 });
  });

  test('what clients call their things is shown as text, and nothing comes from elsewhere', async () => {
    const name = '<img src="http://192.0.2.1/x" onerror="document.title=1">';
    await ovh.project(projectId).instances.create(await request(name));
    await instanceRow('<img src=').waitFor();
    expect(await page.title()).toBe('OVHcloud, simulated');
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

test('a page of somebody else’s cannot change anything, and frames and scripts of others are ruled out', async () => {
  const evil = { Origin: 'http://evil.example' };
  const refused = await fetch(`${url}/_simulator/reset`, { method: 'POST', headers: evil });
  expect(refused.status).toBe(403);
  const ours = await fetch(`${url}/_simulator/faults`, { method: 'DELETE', headers: { Origin: url } });
  expect(ours.status).toBe(200);
  const root = await fetch(url);
  expect(root.headers.get('content-type')).toContain('text/html');
  expect(root.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test('what the page is told has no secret in it', async () => {
  const overview = JSON.stringify(await json(`/_simulator/overview?projectId=${projectId}`));
  expect(overview).toContain(projectId);
  const { applicationSecret, consumerKey, clientSecret } = credentials;
  for (const secret of [applicationSecret, consumerKey, clientSecret]) expect(overview).not.toContain(secret);
  const nobody = await fetch(`${url}/_simulator/overview?projectId=nobody`);
  expect(nobody.status).toBe(400);
});

async function json(path: string): Promise<unknown> {
  return (await fetch(url + path)).json();
}
