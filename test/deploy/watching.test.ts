import { spawnSync } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { FAILURE_TYPES, type FailureType } from '../../src/contract/index.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { dashboards, expressions, hasPrometheus } from './prometheus.ts';

const root = new URL('../../', import.meta.url);
const read = async (path: string) => readFile(new URL(path, root), 'utf8');

interface Alert {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string; runbook: string };
}

const { groups } = parse(await read('deploy/alerts.yml')) as { groups: { rules: Alert[] }[] };
const alerts = groups.flatMap(({ rules }) => rules);

function promtool(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

test.skipIf(!hasPrometheus)('each alert speaks when it should, and not before (needs promtool)', async () => {
  const file = fileURLToPath(new URL('test/deploy/alerts.test.yml', root));
  const { status, said } = promtool('test', 'rules', file);

  expect({ status, said }).toMatchObject({ status: 0 });
  const { tests } = parse(await read('test/deploy/alerts.test.yml')) as {
    tests: { alert_rule_test: { alertname: string }[] }[];
  };
  const tested = tests.map(({ alert_rule_test: [first] }) => first?.alertname);
  expect(tested.sort()).toEqual(alerts.map(({ alert }) => alert).sort());
});

test('each alert has its section in the runbook', async () => {
  const runbook = await read('docs/guides/runbook.md');
  const sections = [...runbook.matchAll(/^### (Mooring\w+)$/gm)].map(([, name]) => name);

  expect(sections).toEqual(alerts.map(({ alert }) => alert));
  for (const { alert, annotations, labels } of alerts) {
    expect(annotations.runbook).toBe(`docs/guides/runbook.md#${alert.toLowerCase()}`);
    expect(labels.severity).toMatch(/^(critical|warning|info)$/);
  }
});

/** What whoever asked has asked for wrongly, has cancelled, or has written a script that fails. */
const CALLERS_OWN: FailureType[] = [
  'InvalidSpec',
  'PreflightFailed',
  'NodeBusy',
  'NodeDiffers',
  // Its nodes count one by one.
  'FleetIncomplete',
  'ScriptFailed',
  'ScriptTimedOut',
  'Cancelled',
];

test('every failure is in an alert, or is the own mistake of whoever asked', () => {
  const outcomes = alerts.flatMap(({ expr }) =>
    [...expr.matchAll(/outcome=~"([^"]*)"/g)].flatMap(([, types = '']) => types.split('|')),
  );

  expect([...outcomes, ...CALLERS_OWN].sort()).toEqual([...FAILURE_TYPES].sort());
});

test.skipIf(!hasPrometheus)('dashboards ask what Prometheus understands (needs promtool)', async () => {
  const rules = (await expressions('1m')).map((expr, index) => ({ record: `panel_${index}`, expr }));
  const file = join(await temporaryFolder(), 'panels.json');
  await writeFile(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }));

  expect(promtool('check', 'rules', file)).toMatchObject({ status: 0 });
});

test('dashboards show each panel once, and none over another', async () => {
  const all = await dashboards();

  expect(new Set(all.map(({ uid }) => uid)).size).toBe(all.length);
  for (const { panels } of all) {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    expect(new Set(panels.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size).toBe(panels.length);
    for (const { targets } of panels) expect(targets.length).toBeGreaterThan(0);
  }
});

test('alerts and dashboards name only metrics that a worker makes, and the guide names all of them', async () => {
  const folders = ['src/worker', 'src/workflows/engine'];
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(new URL(folder, root)))
        .filter((file) => file.endsWith('.ts'))
        .map((file) => read(`${folder}/${file}`)),
    ),
  );
  const code = (await Promise.all(files.flat())).join('\n');
  // Their prefix is said once where there are many.
  const isMade = (name: string) =>
    code.includes(`'${name}'`) || code.includes(`'${name.replace(/^mooring_|_total$/g, '')}'`);
  const asked = [...alerts.map(({ expr }) => expr), ...(await expressions('1m'))].join('\n');
  const names = new Set([...asked.matchAll(/\bmooring_\w+/g)].map(([name]) => name.replace(/_bucket$/, '')));
  const guide = await read('docs/guides/workers.md');
  const told = new Set([...guide.matchAll(/`(mooring_\w+)`/g)].map(([, name]) => name));

  expect([...names].filter((name) => !isMade(name))).toEqual([]);
  expect([...names].filter((name) => !told.has(name))).toEqual([]);
});
