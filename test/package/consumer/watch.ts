/* What only starts and watches: it is checked and loaded before anything of a worker is installed. */
import {
  isMooringError,
  isOperationFailed,
  Mooring,
  MooringError,
  OperationFailed,
  parseNodeSpec,
  type NodeSpec,
  type Progress,
} from 'mooring';
import { nodeWorkflowId, type FailureType } from 'mooring/contract';

const spec: NodeSpec = { name: 'web-1', region: 'GRA11', flavor: 'b3-8', image: 'Debian 12' };

export async function host(): Promise<string | null> {
  await using mooring = await Mooring.connect();
  const run = await mooring.start('provisionNodeWithVolume', spec);
  for await (const { steps } of run.watch()) show(steps);
  const node = await run.result({ timeoutMs: 60_000 });
  // @ts-expect-error A Node is not just anything.
  void node.nothing;
  // @ts-expect-error A request is checked when it is compiled.
  await mooring.start('provisionNodeWithVolume', { name: 1 });
  return node.addresses.publicIpv4;
}

function show(steps: Progress['steps']): void {
  process.stdout.write(`${steps.at(-1)?.about}\n`);
}

try {
  parseNodeSpec({ ...spec, name: 'Web' });
  throw new Error('it was taken');
} catch (error) {
  if (!isOperationFailed(error, 'InvalidSpec')) throw error;
  const type: FailureType = error.type;
  const isOurs = error instanceof OperationFailed && error instanceof MooringError && isMooringError(error);
  if (!isOurs || type !== 'InvalidSpec') throw error;
}
const { volumes } = parseNodeSpec(spec);
if (volumes.length > 0 || nodeWorkflowId(spec) !== 'node.main.GRA11.web-1') throw new Error('wrong');
