import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join, relative } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { loadWorkerConfig } from '../../src/worker/config.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
// Of Kubernetes 1.32 and the Prometheus operator 0.79 (both Apache License 2.0), what these objects are made of, without
// descriptions and closed: a field that nobody knows is refused, as by `kubectl apply --validate=strict`.
import schema from './kubernetes-api.json' with { type: 'json' };

interface Manifest {
  kind: string;
  metadata: { name: string; namespace: string; labels: Record<string, string> };
  spec: Record<string, unknown>;
  data?: Record<string, string>;
}

const folder = fileURLToPath(new URL('../../deploy/kubernetes', import.meta.url));
const kustomize = ['kubectl kustomize', 'kustomize build'].find((command) => {
  try {
    execFileSync('sh', ['-c', `${command} --help`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
});

function render(path: string): Manifest[] {
  const [program, ...args] = `${kustomize} ${path}`.split(' ') as [string, ...string[]];
  const text = execFileSync(program, args, { encoding: 'utf8' });
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

const validator = new Ajv2020({ allErrors: true, strict: false }).addSchema(schema, 'api');

function errorsOf(manifest: Manifest): unknown[] {
  const validate = validator.getSchema(`api#/$defs/${manifest.kind}`);
  void validate?.(manifest);
  return validate ? (validate.errors ?? []) : [`no schema for ${manifest.kind}`];
}

test.skipIf(!kustomize)('what kustomize renders is what the API takes (needs kubectl or kustomize)', () => {
  const manifests = render(folder);

  expect(manifests.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'Deployment', 'ServiceAccount']);
  expect(manifests.flatMap(errorsOf)).toEqual([]);
  const typo = structuredClone(manifests.find(({ kind }) => kind === 'Deployment')) as Manifest;
  Object.assign((typo.spec['template'] as { spec: object }).spec, { terminationGracePeriod: 160 });
  expect(errorsOf(typo)).toHaveLength(1);
});

test.skipIf(!kustomize)('the component has Prometheus ask every worker', async () => {
  const overlay = await temporaryFolder();
  const [base, component] = [folder, join(folder, 'pod-monitor')].map((path) => relative(overlay, path));
  await writeFile(
    join(overlay, 'kustomization.yaml'),
    `namespace: mooring\nresources: [${base}]\ncomponents: [${component}]\n`,
  );
  const manifests = render(overlay);
  const monitor = manifests.find(({ kind }) => kind === 'PodMonitor') as Manifest;
  const deployment = manifests.find(({ kind }) => kind === 'Deployment') as Manifest;

  expect(manifests.flatMap(errorsOf)).toEqual([]);
  const { metadata, spec } = deployment.spec['template'] as {
    metadata: Manifest['metadata'];
    spec: { containers: { ports: { name: string }[] }[] };
  };
  const { selector, podMetricsEndpoints } = monitor.spec as {
    selector: { matchLabels: Record<string, string> };
    podMetricsEndpoints: { port: string }[];
  };
  expect(metadata.labels).toMatchObject(selector.matchLabels);
  expect(spec.containers[0]?.ports.map(({ name }) => name)).toEqual(
    podMetricsEndpoints.map(({ port }) => port),
  );
});

test('what Prometheus scrapes by the component has the job that alerts and dashboards ask for', async () => {
  const monitor = parse(await readFile(join(folder, 'pod-monitor', 'pod-monitor.yaml'), 'utf8')) as Manifest;
  const { podMetricsEndpoints } = monitor.spec as { podMetricsEndpoints: { relabelings: object[] }[] };

  expect(errorsOf(monitor)).toEqual([]);
  const [endpoint] = podMetricsEndpoints;
  expect(endpoint?.relabelings).toEqual([{ targetLabel: 'job', replacement: 'mooring' }]);
  const alerts = await readFile(join(folder, '..', 'alerts.yml'), 'utf8');
  expect(new Set(alerts.match(/job="[^"]*"/g))).toEqual(new Set(['job="mooring"']));
});

interface Container {
  env: { name: string; value?: string; valueFrom?: { secretKeyRef: { key: string } } }[];
  ports: { containerPort: number }[];
  livenessProbe: { httpGet: { path: string } };
  readinessProbe: { httpGet: { path: string } };
  securityContext: object;
}

test('a worker reads what the deployment gives it, and its secrets by reference alone', async () => {
  const read = async (name: string) => readFile(join(folder, name), 'utf8');
  const { spec } = parse(await read('worker.yaml')) as {
    spec: { template: { spec: { containers: [Container]; terminationGracePeriodSeconds: number } } };
  };
  const [container] = spec.template.spec.containers;
  const settings = Object.fromEntries(
    (await read('worker.env'))
      .split('\n')
      .filter((line) => /^\w/.test(line))
      .map((line) => line.split(/=(.*)/)),
  ) as Record<string, string>;
  const secret = join(await temporaryFolder(), 'secret');
  await writeFile(secret, 'a secret');
  const env = Object.fromEntries(
    container.env.map(({ name, valueFrom }) => [name, valueFrom ? 'by reference' : secret]),
  );
  const config = await loadWorkerConfig(
    { ...settings, ...env },
    { cwd: '/nonexistent', home: '/nonexistent', ovhConfFiles: [] },
  );

  expect(config).toMatchObject({ owner: 'production', metricsAddress: '0.0.0.0:9464' });
  expect(container.ports[0]?.containerPort).toBe(9464);
  expect([container.livenessProbe.httpGet.path, container.readinessProbe.httpGet.path]).toEqual([
    '/healthz',
    '/readyz',
  ]);
  // A mutation that has begun may take 150 s.
  expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(150);
  expect(container.securityContext).toEqual({
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  });
  expect(JSON.stringify({ settings, spec })).not.toMatch(/"(kind|name)":"Secret"|stringData/);
});
