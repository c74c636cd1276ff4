import { relative } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';
import { textTable } from '../../src/cli/text-table.ts';

const SHOWN = 10;

/** Says which files took longest, where there are enough of them to wonder. */
export default class SlowestFiles implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.length <= SHOWN) return;
    const seconds = (module: TestModule) => {
      const { collectDuration, duration } = module.diagnostic();
      return (collectDuration + duration) / 1000;
    };
    const rows = [...modules]
      .toSorted((a, b) => seconds(b) - seconds(a))
      .slice(0, SHOWN)
      .map((module) => [seconds(module).toFixed(1), relative(process.cwd(), module.moduleId)]);
    process.stdout.write(`\n${textTable([['SECONDS', 'SLOWEST FILES'], ...rows])}\n`);
  }
}
