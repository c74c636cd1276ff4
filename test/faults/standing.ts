import {
  instanceWireName,
  markOf,
  volumeDescription,
  volumeWireName,
  signOf,
} from '../../src/identity/mark.ts';
import type { Stack, TestProject } from '../support/stack.ts';
import { until } from '../support/until.ts';

/** What stands in a project before: somebody else's instance and volume and, if wanted, parts of the node itself. */
export async function standing(stack: Stack, project: TestProject, parts: ('instance' | 'volume')[] = []) {
  const { projectId } = project.credentials;
  const { owner } = stack.config;
  const { region, name: node } = project.ref;
  const mark = markOf({ owner, projectId, region }, node);
  const sign = signOf('a run that Temporal has forgotten');
  const make = async (kind: 'instances' | 'volumes', thing: object): Promise<string> => {
    const { origin } = new URL(stack.endpoint);
    const body = JSON.stringify({ projectId, region, ...thing });
    const answer = await fetch(`${origin}/_simulator/${kind}`, { method: 'POST', body });
    return ((await answer.json()) as { id: string }).id;
  };
  const ids = [
    await make('instances', { name: 'theirs' }),
    await make('volumes', { name: 'theirs-data' }),
    ...(parts.includes('instance')
      ? [await make('instances', { name: instanceWireName({ node, mark, sign }) })]
      : []),
    ...(parts.includes('volume')
      ? [
          await make('volumes', {
            type: 'high-speed',
            name: volumeWireName({ node, mark, sign }, 'old'),
            description: volumeDescription(owner, node, 'old', 'keep'),
          }),
        ]
      : []),
  ];
  project.expects(...ids.map((id) => ({ id })));
  const now = () =>
    [...project.instances, ...project.volumes]
      .filter(({ id }) => ids.includes(id))
      .map(({ id, status, ...rest }) => `${id} ${status} ${JSON.stringify(rest['attachedTo'] ?? [])}`)
      .join('\n');
  await until(() => !/BUILD|creating/.test(now()));
  const before = now();
  const others = <T extends { id: string }>(things: T[]) => things.filter(({ id }) => !ids.includes(id));
  return {
    /** Everything that came later. */
    ours: () => ({ instances: others(project.instances), volumes: others(project.volumes) }),
    /** All of it is there, in the state that it was in, attached to what it was attached to. */
    untouched: () => now() === before,
    isThere: () => now().split('\n').length === ids.length,
    /** In words, where it is not as it was. */
    changed: () => (now() === before ? undefined : `it was\n${before}\nand is\n${now()}`),
  };
}
