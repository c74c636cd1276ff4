import { ApplicationFailure, CancellationScope } from '@temporalio/workflow';
import { addressesOf, outsideOf, durationMs, STEPS, stepSubject } from '../../contract/index.ts';
import type {
  CheckedStep,
  CloudInit,
  CompleteReady,
  GuestPlan,
  GuestSeen,
  GuestTarget,
  InstanceStatus,
  StepEnd,
  StepName,
  StepResult,
  StepToRun,
} from '../../contract/index.ts';
import { required } from '../../contract/required.ts';
import type { NodeType } from '../../contract/schemas/workflow-types.ts';
import { timing } from '../../contract/timing.ts';
import { isOfType, stepDetails } from '../../contract/wire.ts';
import { applicationFailure } from './failure.ts';
import { mutate, wait } from './proxies.ts';
import type { Saga } from './saga.ts';

type Steps = Pick<Saga<NodeType>, 'step' | 'baseline' | 'deployed'>;

/** What is to be done in a guest. */
export interface Guest {
  plan: GuestPlan;
  instance: InstanceStatus;
  /** Whom the image lets in, where the instance does not say. */
  login: string | null;
  ready: CompleteReady;
  as: 'user' | 'root';
  steps: CheckedStep[];
  /** Of each step what the request has, which histories have once. */
  texts: (string | null)[];
  again: string | null;
  /** How long each rung may take. */
  patience: string;
}

/** What was done in a guest. */
export interface GuestDone {
  /** The key that it proved to have; null where nobody asked by SSH. */
  hostKey: string | null;
  cloudInit: CloudInit | null;
  deploy: StepResult[];
}

export const SSH: CompleteReady = {
  until: 'ssh',
  command: null,
  from: 'worker',
  cloudInit: { degraded: 'accept', error: 'fail' },
};

/**
 * The ladder: it answers, each step has run once, and it is ready as the spec says. A step cannot be taken back, so this
 * comes last.
 */
export async function inGuest(node: Steps, guest: Guest): Promise<GuestDone> {
  const target = targetOf(node, guest);
  const [before, after] = rungs(guest);
  const first = before && (await reached(node, STEPS.awaitGuest, target, before, guest));
  const deploy: StepResult[] = [];
  for (const [index, step] of guest.steps.entries()) {
    const wanted = {
      target,
      about: stepSubject(step),
      as: guest.as,
      step,
      digest: required(guest.plan.digests[index], `the digest of step ${step.name}`),
      again: guest.again,
    };
    deploy.push(await stepDone(node, wanted, guest.texts[index] ?? null, guest.patience));
  }
  const last = after && (await reached(node, STEPS.awaitReady, target, after, guest));
  return {
    hostKey: first?.hostKey ?? last?.hostKey ?? null,
    cloudInit: first?.cloudInit ?? last?.cloudInit ?? null,
    deploy,
  };
}

/**
 * What is waited for before the steps, and after them. A port that listens, or what a command looks for, may be what the
 * steps bring.
 */
function rungs({ ready, steps }: Guest): [before: CompleteReady | null, after: CompleteReady | null] {
  if (steps.length === 0) return [ready, null];
  if (ready.until === 'ssh' || ready.until === 'cloud-init') return [ready, null];
  return [SSH, ready.until === 'active' || ready.until === 'address' ? null : ready];
}

function targetOf({ baseline }: Steps, { plan, instance, login }: Guest): GuestTarget {
  const addresses = addressesOf(instance);
  const host = plan.address === 'private' ? addresses.privateIpv4 : outsideOf(addresses);
  const user = plan.user ?? instance.imageUser ?? login;
  if (host === null) throw refused(`instance ${instance.name} has no ${plan.address} address`);
  if (user === null) throw refused('the image does not say whom it lets in; name the user by ssh.user');
  const { port, key, hostKeys } = plan;
  return { place: baseline.place, instanceId: instance.id, host, port, user, key, hostKeys };
}

function refused(why: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(why, 'GuestUnreachable');
}

function reached(
  node: Steps,
  name: StepName,
  target: GuestTarget,
  ready: CompleteReady,
  { instance, patience }: Guest,
): Promise<GuestSeen> {
  const since = Date.now();
  const deadline = since + durationMs(patience);
  return node.step(name, wait.awaitGuest, { target, ready, about: instance.name, since, deadline });
}

/** Starting and waiting are two acts: what was begun is in history before anybody waits for it. */
async function stepDone(
  node: Steps,
  wanted: Omit<StepToRun, 'deadline'>,
  text: string | null,
  patience: string,
): Promise<StepResult> {
  const { step } = wanted;
  const began = Date.now();
  let hasBegun = false;
  try {
    const deadline = began + durationMs(patience);
    const started = await node.step(
      STEPS.deploy(step.name),
      mutate.startStep,
      { ...wanted, deadline },
      { text },
    );
    hasBegun = true;
    const ended = started.ended ?? (await waited(node, wanted));
    const outcome = started.already ? 'already' : 'ran';
    const result = resultOf(step, outcome, ended, started.already ? null : Date.now() - began);
    node.deployed(result);
    return result;
  } catch (error) {
    const failure = applicationFailure(error);
    const said = stepDetails(failure);
    const cancelled = CancellationScope.current().consideredCancelled;
    const outcome = outcomeOf(failure?.type);
    const isTimedOut = isOfType(failure, 'ScriptTimedOut');
    if (cancelled || isTimedOut) {
      const stopped = await stop(node, wanted, hasBegun || isTimedOut);
      const ended = stopped.ended ?? said?.ended ?? null;
      node.deployed(
        resultOf(step, cancelled ? 'stopped' : outcome, ended, Date.now() - began),
        stopped.sentence,
      );
    } else if (!isOfType(failure, 'WasReset'))
      node.deployed(resultOf(step, outcome, said?.ended ?? null, Date.now() - began));
    throw error;
  }
}

function outcomeOf(type: string | null | undefined): StepResult['outcome'] {
  if (type === 'ScriptTimedOut') return 'timed-out';
  return type === 'ScriptLost' ? 'lost' : 'failed';
}

function waited(node: Steps, wanted: Omit<StepToRun, 'deadline'>): Promise<StepEnd> {
  const { step } = wanted;
  const since = Date.now();
  // A file or a key is put in no time: ten minutes are for trouble on the way.
  const deadline = since + durationMs('timeout' in step ? step.timeout : '10m');
  return node.step(STEPS.awaitDeploy(step.name), wait.awaitStep, { ...wanted, since, deadline });
}

/** Nothing begins or goes on after a cancel, as far as the guest can be reached in a short time. */
function stop(node: Steps, wanted: Omit<StepToRun, 'deadline'>, hasBegun: boolean) {
  const deadline = Date.now() + timing.stopMs;
  return CancellationScope.nonCancellable(() =>
    node.step(STEPS.stopDeploy(wanted.step.name), mutate.stopStep, { ...wanted, deadline }, { hasBegun }),
  );
}

function resultOf(
  { name }: CheckedStep,
  outcome: StepResult['outcome'],
  ended: StepEnd | null,
  tookMs: number | null,
): StepResult {
  const { exitCode = null, stdout = null, stderr = null } = ended ?? {};
  return { name, outcome, exitCode, tookMs, stdout, stderr };
}
