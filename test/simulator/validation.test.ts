import { expect, test } from 'vitest';
import { Caller, createBench, type Bench } from './support.ts';

const accessRules = [{ method: 'GET', path: '/cloud/project*' }];

/** Asks for a consumer key as an application does. */
async function request({ simulator, caller, clock }: Bench, more: object = {}) {
  const { body } = await caller.call('POST', '/auth/credential', { accessRules, ...more });
  const keys = { ...simulator.first, consumerKey: body.consumerKey };
  return { url: body.validationUrl, keys: new Caller(simulator, keys, () => clock.now()) };
}

/** Fills the page in as a person does. */
async function decide({ simulator }: Bench, url: string, fields: Record<string, string>) {
  const page = await (await simulator.fetch(new Request(url))).text();
  const [, account = ''] = /name="account"\s+value="([^"]+)"/.exec(page) ?? [];
  const body = new URLSearchParams({ account, password: 'any', duration: 'unlimited', ...fields });
  return simulator.fetch(new Request(url, { method: 'POST', body }));
}

test('shows a person what an application asks for, whatever it is called', async () => {
  const bench = createBench();
  const path = '/cloud/<script>alert(1)</script>*';
  const { url } = await request(bench, {
    accessRules: [{ method: 'GET', path }],
    allowedIPs: ['192.0.2.0/24'],
  });
  const page = await bench.simulator.fetch(new Request(url));
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const text = await page.text();
  expect(text).toContain('/cloud/&lt;script&gt;alert(1)&lt;/script&gt;*');
  expect(text).not.toContain('<script>');
  expect(text).toContain('192.0.2.0/24');
  expect((await bench.simulator.fetch(new Request(`${url}x`))).status).toBe(404);
});

test('the key works once a person has agreed, for as long as they said', async () => {
  const bench = createBench();
  const { url, keys } = await request(bench);
  expect((await keys.project('GET', '')).body).toMatchObject({ errorCode: 'INVALID_CREDENTIAL' });
  const agreed = await decide(bench, url, { decision: 'accept', duration: '1h' });
  expect(await agreed.text()).toContain('The application may now use its key.');
  bench.clock.advance(3_599_000);
  expect((await keys.project('GET', '')).status).toBe(200);
  bench.clock.advance(1_000);
  expect((await keys.project('GET', '')).body).toMatchObject({ errorCode: 'INVALID_CREDENTIAL' });
});

test('the key of somebody who refused never works, and nobody decides twice', async () => {
  const bench = createBench();
  const { url, keys } = await request(bench);
  expect(await (await decide(bench, url, { decision: 'refuse' })).text()).toContain('The key will not work.');
  await decide(bench, url, { decision: 'accept' });
  expect((await keys.project('GET', '')).body).toMatchObject({ errorCode: 'INVALID_CREDENTIAL' });
});

test('the browser goes where the application wants it', async () => {
  const bench = createBench();
  const { url } = await request(bench, { redirection: 'https://app.example/done' });
  const answer = await decide(bench, url, { decision: 'accept' });
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe('https://app.example/done');
  const refused = await bench.caller.call('POST', '/auth/credential', {
    accessRules,
    redirection: 'javascript:alert(1)',
  });
  expect(refused.status).toBe(400);
});

test('whoever logs in opens their own account, and nobody with a wrong name gets in', async () => {
  const bench = createBench();
  const other = bench.simulator.addProject();
  const { body } = await new Caller(bench.simulator, other, () => bench.clock.now()).call('GET', '/me');
  const { url, keys } = await request(bench);
  const wrong = await decide(bench, url, { decision: 'accept', account: 'nobody-ovh' });
  expect(wrong.status).toBe(403);
  expect(await wrong.text()).toContain('Invalid account / password.');
  await decide(bench, url, { decision: 'accept', account: body.nichandle });
  expect((await keys.call('GET', '/cloud/project')).body).toEqual([other.projectId]);
  expect((await keys.project('GET', '')).status).toBe(404);
});

test.each([
  ['127.0.0.1', 403],
  ['192.0.2.200', 200],
  ['192.0.3.1', 403],
  ['2001:db8::7', 200],
])('a key that is bound to addresses answers %s with %i', async (ip, status) => {
  const bench = createBench();
  const { url, keys } = await request(bench, {
    allowedIPs: ['192.0.2.0/24', '2001:db8::/64', '198.51.100.7'],
  });
  await decide(bench, url, { decision: 'accept' });
  await bench.control('POST', '/client', { ip });
  expect((await keys.project('GET', '')).status).toBe(status);
});

test.each([
  ['/cloud/project/*/instance', '/instance', 200],
  ['/cloud/project/*/instance', '/volume', 403],
  ['/cloud/project/*/instance', '/instance/x', 403],
  ['/cloud/project/*/instance ', '/instance', 403],
  ['/cloud/project/.*', '/instance', 403],
])('the rule "%s" answers GET %s with %i', async (path, asked, status) => {
  const bench = createBench();
  const { url, keys } = await request(bench, { accessRules: [{ method: 'GET', path }] });
  await decide(bench, url, { decision: 'accept' });
  expect((await keys.project('GET', asked)).status).toBe(status);
});

test('logging out ends the consumer key', async () => {
  const { caller } = createBench();
  expect((await caller.call('POST', '/auth/logout')).status).toBe(200);
  expect((await caller.call('GET', '/me')).body).toMatchObject({ errorCode: 'INVALID_CREDENTIAL' });
});

test('a customer changes what is theirs, and nothing that OVH decides', async () => {
  const { caller } = createBench();
  const me = (await caller.call('GET', '/me')).body;
  const wanted = { ...me, city: 'Roubaix', country: 'BE', nichandle: 'xx1-ovh', state: 'incomplete' };
  expect((await caller.call('PUT', '/me', wanted)).status).toBe(200);
  expect((await caller.call('GET', '/me')).body).toEqual({ ...me, city: 'Roubaix', country: 'BE' });
  expect((await caller.call('PUT', '/me', { country: 'ZZ' })).status).toBe(400);
  expect((await caller.call('PUT', '/me', { email: null })).status).toBe(400);
});
