import { randomBytes } from 'node:crypto';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { expect, inject, test } from 'vitest';

const token = randomBytes(32).toString('hex');
const key = `k1:${randomBytes(32).toString('base64')}`;

function run(args: string[], env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [inject('programPath'), 'codec-server', ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  return { child, lines: createInterface({ input: child.stderr })[Symbol.asyncIterator]() };
}

test('it says where it listens, answers, and stops on SIGTERM', async () => {
  const { child, lines } = run(['--port', '0'], { MOORING_CODEC_KEY: key, MOORING_CODEC_TOKEN: token });
  const { value: line } = await lines.next();
  expect(line).toMatch(/^codec server ready: http:\/\/127\.0\.0\.1:\d+, pid \d+$/);
  const [url = ''] = /http:\S+\d/.exec(line) ?? [];
  const body = JSON.stringify({ payloads: [{ metadata: {}, data: 'eA==' }] });
  // Another user of this machine.
  expect((await fetch(`${url}/encode`, { method: 'POST', body })).status).toBe(401);
  const encoded = await (await fetch(`${url}/${token}/encode`, { method: 'POST', body })).json();
  expect(JSON.stringify(encoded)).toContain(Buffer.from('k1').toString('base64'));
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test('it answers pages of each --origin, of no other, and of none whose address is a part of one', async () => {
  const origins = ['https://a.example', 'https://b.example'];
  const { child, lines } = run(['--port', '0', ...origins.flatMap((origin) => ['--origin', origin])], {
    MOORING_CODEC_KEY: key,
    MOORING_CODEC_TOKEN: token,
  });
  const [url = ''] = /http:\S+\d/.exec((await lines.next()).value) ?? [];
  const statusFor = async (origin: string) =>
    (await fetch(`${url}/${token}/encode`, { method: 'POST', body: '{"payloads":[]}', headers: { origin } }))
      .status;

  const asked = [...origins, 'http://localhost:8233', 'https://b.exam'];
  expect(await Promise.all(asked.map(statusFor))).toEqual([200, 200, 403, 403]);
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});

test.each([
  ['without a key', [], {}, 'set MOORING_CODEC_KEY', 2],
  ['with a malformed key', [], { MOORING_CODEC_KEY: 'k1:short' }, '<32 bytes in base64>', 8],
  ['on loopback without a token', [], { MOORING_CODEC_KEY: key }, 'set MOORING_CODEC_TOKEN_FILE', 2],
  [
    'for everybody without a token',
    ['--host', '0.0.0.0'],
    { MOORING_CODEC_KEY: key },
    'set MOORING_CODEC_TOKEN_FILE',
    2,
  ],
  [
    'with a token that no header carries',
    [],
    { MOORING_CODEC_KEY: key, MOORING_CODEC_TOKEN: 'sixteen letters and blanks' },
    'MOORING_CODEC_TOKEN must have at least 16 characters',
    2,
  ],
  [
    'with two tokens',
    [],
    { MOORING_CODEC_KEY: key, MOORING_CODEC_TOKEN: token, MOORING_CODEC_TOKEN_FILE: '/nowhere' },
    'both MOORING_CODEC_TOKEN and MOORING_CODEC_TOKEN_FILE are set; keep one',
    2,
  ],
])('it refuses to start %s', async (_, args, env, sentence, code) => {
  const { child, lines } = run(args, env);
  const exited = once(child, 'exit');
  expect((await lines.next()).value).toContain(sentence);
  expect(await exited).toEqual([code, null]);
});
