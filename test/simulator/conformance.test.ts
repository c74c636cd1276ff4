import { expect, test } from 'vitest';
import { operations } from '../../src/simulator/operations/index.ts';
import { notServed } from '../../src/simulator/operations/not-served.ts';
import type { Parameter, Shape } from '../../src/simulator/http/parameters.ts';
import { contract, errorViolations, operationFor, violations } from './conformance.ts';
import { coreSession } from './sessions/core.ts';
import { sessions } from './sessions/index.ts';
import { createBench, type Answer, type Bench } from './support.ts';

function recordViolations(bench: Bench, found: string[], covered: Set<string>) {
  bench.caller.onAnswer = (method, path, { status, body }: Answer) => {
    const operation = operationFor(method, path);
    const wrong =
      status === 200 ? violations(body, operation?.returns ?? 'unknown') : errorViolations(status, body);
    found.push(...wrong.map((sentence) => `${method} ${path}: ${sentence}`));
    if (status === 200 && operation) covered.add(`${method} ${operation.path}`);
  };
}

test('every answer of the sessions conforms to the contract, and they know every operation', async () => {
  const found: string[] = [];
  const covered = new Set<string>();
  for (const session of sessions) {
    const bench = createBench({ listLagMs: 500, switches: { listNulls: 'null' } });
    recordViolations(bench, found, covered);
    await session(bench);
  }

  expect(found).toEqual([]);
  const served = operations.map(({ method, path }) => `${method} ${path}`);
  expect([...covered].toSorted()).toEqual(served.toSorted());
});

test('what the contract has is served, or said to be missing, by name', async () => {
  const { caller } = createBench();
  const named = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;
  expect([...operations, ...notServed].map(named).toSorted()).toEqual(
    contract.operations.map(named).toSorted(),
  );
  for (const each of notServed) {
    const path = each.path.replace('/cloud/project/{serviceName}', '').replace(/\{\w+\}/g, 'x');
    const answer = await caller.project(each.method, path, each.method === 'GET' ? undefined : {});
    expect(answer).toMatchObject({
      status: 501,
      body: { class: 'Server::NotImplemented', message: `Not implemented here: ${named(each)}` },
    });
  }
});

test('the form of an instance without ids leaves out nothing but the ids', async () => {
  const bench = createBench({ switches: { instanceForm: 'embedded', listNulls: 'null' } });
  const found: string[] = [];
  recordViolations(bench, found, new Set());
  await coreSession(bench);

  const sentences = new Set(found.map((each) => each.replace(/^.*: answer/, '')));
  expect([...sentences].toSorted()).toEqual([
    '.flavorId is missing',
    '.imageId is missing',
    '.licensePlanCode is not in cloud.instance.Instance',
    '.sshKeyId is missing',
  ]);
});

test('a list without nulls leaves out nothing but what it could not show', async () => {
  const bench = createBench({ switches: { listNulls: 'absent' } });
  const found: string[] = [];
  recordViolations(bench, found, new Set());
  await coreSession(bench);

  const sentences = new Set(found.map((each) => each.replace(/^.*: answer\[\d+\]/, '')));
  expect([...sentences].toSorted()).toEqual([
    '.flavor is missing',
    '.image is missing',
    '.sshKey is missing',
  ]);
});

test.each(operations)('$method $path takes the parameters of the contract', (operation) => {
  const published = contract.operations.find(
    ({ method, path }) => method === operation.method && path === operation.path,
  );
  expect(published?.auth).toBe(!operation.open);
  const parameters = (published?.params ?? []).filter((parameter) => parameter.in !== 'path');
  const query = parameters.filter((parameter) => parameter.in === 'query');
  expect(describeShape(operation.query)).toEqual(
    Object.fromEntries(query.map(({ name, type, required }) => [name, `${type}${required ? '' : '?'}`])),
  );
  const bodyType = parameters.find((parameter) => parameter.in === 'body')?.type;
  const properties = Object.entries(contract.models[bodyType ?? '']?.properties ?? {});
  expect(describeShape(operation.body)).toEqual(
    Object.fromEntries(
      properties.map(([name, { type, required }]) => [name, `${type}${required ? '' : '?'}`]),
    ),
  );
});

function describeShape(shape: Shape) {
  const entries = Object.entries<Parameter<unknown>>(shape);
  return Object.fromEntries(
    entries.map(([name, { type, required }]) => [name, `${type}${required ? '' : '?'}`]),
  );
}
