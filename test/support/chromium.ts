import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** A browser of this machine, or undefined: playwright-core brings none along. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM'];
  if (named) return named;
  for (const name of ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']) {
    try {
      const path = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
      if (existsSync(path)) return path;
    } catch {
      // Not that one.
    }
  }
  return undefined;
}
