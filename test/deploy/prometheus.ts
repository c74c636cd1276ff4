import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const root = new URL('../../', import.meta.url);

/** Debian's package `prometheus` brings both. */
export const hasPrometheus = ['promtool', 'prometheus'].every(
  (program) => spawnSync(program, ['--version']).status === 0,
);

interface Dashboard {
  uid: string;
  title: string;
  panels: {
    id: number;
    title: string;
    gridPos: { x: number; y: number; w: number; h: number };
    targets: { refId: string; expr: string }[];
  }[];
}

export async function dashboards(): Promise<Dashboard[]> {
  const names = ['provisioning', 'ovh'];
  const texts = await Promise.all(
    names.map(async (name) => readFile(new URL(`deploy/dashboards/${name}.json`, root), 'utf8')),
  );
  return texts.map((text) => JSON.parse(text) as Dashboard);
}

/** Every expression of the dashboards; Grafana's interval becomes one of ours. */
export async function expressions(interval: string): Promise<string[]> {
  return (await dashboards()).flatMap(({ panels }) =>
    panels.flatMap(({ targets }) => targets.map(({ expr }) => expr.replaceAll('$__rate_interval', interval))),
  );
}
