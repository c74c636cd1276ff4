import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import type { EmbeddedStack } from '../../src/cli/embedded-stack.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const xterm = dirname(createRequire(import.meta.url).resolve('@xterm/xterm/package.json'));
const COLUMNS = 132;
const ROWS = 26;

/** Two terminals: in one a node is provisioned, in the other the worker is killed that does it. */
export async function recordTerminal(page: Page, stack: EmbeddedStack): Promise<void> {
  const command = 'provision web-4 --region GRA11 --flavor b3-8 --image "Debian 12" --volume data:20';
  await openTerminals(page);
  await write(page, 'above', `$ mooring ${command}\r\n`);
  const child = spawn(
    'script',
    ['-qfec', `stty cols ${COLUMNS} rows ${ROWS}; npx tsx src/cli/main.ts ${command}`, '/dev/null'],
    {
      cwd: root,
      env: { ...process.env, TERM: 'xterm-256color', TEMPORAL_ADDRESS: stack.server.address },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    void write(page, 'above', chunk.toString());
  });
  const closed = once(child, 'close');
  while (!said.includes('await-instance')) await page.waitForTimeout(100);
  await write(page, 'below', `$ kill -9 ${stack.worker.pid}\r\n`);
  await stack.worker.kill();
  await page.waitForTimeout(1500);
  const line = `worker process ${stack.worker.pid} ended; starting another, which goes on where it stopped …`;
  await write(page, 'below', `${line}\r\n`);
  await stack.startWorker();
  await write(page, 'below', `worker       process ${stack.worker.pid}   does the work\r\n`);
  await closed;
  await page.waitForTimeout(500);
}

async function openTerminals(page: Page): Promise<void> {
  const script = await readFile(join(xterm, 'lib/xterm.js'), 'utf8');
  const style = await readFile(join(xterm, 'css/xterm.css'), 'utf8');
  await page.goto('about:blank');
  await page.setContent(`<style>${style} body { margin: 0; background: #1b1b1f; padding: 16px; width: 1200px }
    div.terminal { margin-bottom: 16px }</style><div id="above"></div><div id="below"></div>`);
  await page.addScriptTag({ content: script });
  for (const [id, rows] of [
    ['above', ROWS],
    ['below', 4],
  ] as const)
    await page.evaluate(
      ([where, lines, cols]) => {
        const all = globalThis as unknown as Record<string, any>;
        all[where] = new all['Terminal']({
          ...{ cols, rows: lines, fontSize: 15, fontFamily: 'DejaVu Sans Mono' },
          theme: { background: '#1b1b1f', cursor: '#1b1b1f' },
        });
        all[where].open(all['document'].getElementById(where));
      },
      [id, rows, COLUMNS] as const,
    );
}

function write(page: Page, where: 'above' | 'below', text: string): Promise<void> {
  return page.evaluate(
    ([id, more]) => (globalThis as unknown as Record<string, any>)[id as string].write(more),
    [where, text],
  );
}
