import type { Place, ServerTime } from './plan.ts';

/*
 * What concerns the machine from within: when it counts as ready, how it is reached, and what runs in it.
 */

/** `address`: its first address is known; `tcp:<port>`: something listens there; `command`: it ends with 0. */
export type ReadyUntil = 'active' | 'address' | 'ssh' | 'cloud-init' | `tcp:${number}` | 'command';

export interface ReadySpec {
  until?: ReadyUntil | undefined;
  /** Of `command`: a command line for the login shell. It may be run any number of times. */
  command?: string | null | undefined;
  /** Of `tcp:<port>`: from where it is looked. Default `worker`. */
  from?: 'worker' | 'guest' | undefined;
  /** Of `cloud-init`: what counts as ready. */
  cloudInit?: { degraded?: CloudInitVerdict | undefined; error?: CloudInitVerdict | undefined } | undefined;
}
type CloudInitVerdict = 'accept' | 'fail';

export interface CompleteReady {
  until: ReadyUntil;
  command: string | null;
  from: 'worker' | 'guest';
  cloudInit: { degraded: CloudInitVerdict; error: CloudInitVerdict };
}

export interface SshSpec {
  /** Null: whom the image lets in. */
  user?: string | null | undefined;
  port?: number | undefined;
  address?: 'public' | 'private' | undefined;
  /** Name of a private key that the worker has; null: it is called as `sshKey` is. */
  key?: string | null | undefined;
  /** `derived`, or the public line of a key that the user data brings. */
  hostKey?: string | undefined;
}

export interface CompleteSsh {
  user: string | null;
  port: number;
  address: 'public' | 'private';
  key: string | null;
  hostKey: string;
}

export interface DeploySpec {
  /** `root`: by `sudo -n`. */
  as?: 'user' | 'root' | undefined;
  /** Run once in the guest, in this order. */
  steps?: DeployStep[] | undefined;
}

/** One thing that is done in a guest at most once: exactly one of `script`, `scriptFrom`, `file`, `authorizedKey`. */
export type DeployStep = ScriptStep | FileStep | KeyStep;

export interface ScriptStep {
  /** Unique among the steps. */
  name: string;
  /** Its text, at most 64 KiB. */
  script?: string | null | undefined;
  /** `file:setup.sh`, read by the worker, which must allow it. */
  scriptFrom?: string | null | undefined;
  args?: string[] | undefined;
  env?: Record<string, EnvValue> | undefined;
  /** How long it may run, `10m` by default. */
  timeout?: string | undefined;
  /** `none`: its output is not even looked at. */
  output?: 'tail' | 'none' | undefined;
}

/** A text, or `env:NAME` or `file:name` of the worker: then no history has it. */
export type EnvValue = string | { from: string };

export interface FileStep {
  name: string;
  /** Its path in the guest. */
  file: string;
  content?: string | null | undefined;
  contentFrom?: string | null | undefined;
  mode?: string | undefined;
  /** `user` or `user:group`; null: whoever writes it. */
  owner?: string | null | undefined;
}

export interface KeyStep {
  name: string;
  /** A public line, added to what lets the user in. */
  authorizedKey: string;
}

export type CompleteStep = CompleteScript | CompleteFile | KeyStep;

export interface CompleteScript {
  name: string;
  /** Both null in histories, where a text is needed in the request alone. */
  script: string | null;
  scriptFrom: string | null;
  args: string[];
  env: Record<string, EnvValue>;
  timeout: string;
  output: 'tail' | 'none';
}

export interface CompleteFile {
  name: string;
  file: string;
  content: string | null;
  contentFrom: string | null;
  mode: string;
  owner: string | null;
}

export interface CompleteDeploy {
  as: 'user' | 'root';
  steps: CompleteStep[];
}

/** A step as histories have it: without the text that it runs or writes, which the request alone has. */
export type CheckedStep = CompleteStep & {
  /** SHA-256 of that text; null where it is a source of the worker, whose digest is the plan's. */
  digest: string | null;
};

export interface CheckedDeploy {
  as: 'user' | 'root';
  steps: CheckedStep[];
}

/** What became of a step. */
export interface StepResult {
  name: string;
  /** `already`: an earlier run had done it. Of a failed run also `failed`, `timed-out`, `stopped`, `lost`. Accept new words. */
  outcome: 'ran' | 'already' | 'failed' | 'timed-out' | 'stopped' | 'lost';
  exitCode: number | null;
  /** From its start until it was seen to have ended; null where an earlier run did it. */
  tookMs: number | null;
  /** The last 4 KiB; null where nobody asked for it. */
  stdout: string | null;
  stderr: string | null;
}

/** What cloud-init says of itself at its end. */
export type CloudInit = 'done' | 'degraded' | 'error' | 'disabled';

/** How a guest is reached, decided before anything is made. */
export interface GuestPlan {
  /** Null: whom the image of the instance lets in. */
  user: string | null;
  port: number;
  address: 'public' | 'private';
  /** The name of the worker's private key; null where nobody has to log in. */
  key: string | null;
  /** Public lines; the machine must have one of them. */
  hostKeys: string[];
  /**
   * Of each step's text: what a source of the worker's held then is what runs, or nothing does. SHA-256; that of a source
   * under a key of the worker, so that nobody who reads a history can guess what it is of.
   */
  digests: string[];
}

/** A guest, as activities reach it. */
export interface GuestTarget extends Pick<GuestPlan, 'port' | 'key' | 'hostKeys'> {
  place: Place;
  /** OVH's id of the instance. */
  instanceId: string;
  host: string;
  user: string;
}

export interface GuestAwaited {
  target: GuestTarget;
  ready: CompleteReady;
  /** For people. */
  about: string;
  since: ServerTime;
  deadline: ServerTime;
}

export interface GuestSeen {
  /** The pinned key that it proved to have; null where nobody asked by SSH. */
  hostKey: string | null;
  cloudInit: CloudInit | null;
}

/** One step, as it is started: with the texts of the request. */
export interface StepToRun {
  target: GuestTarget;
  /** For people: `script "setup"`. */
  about: string;
  as: 'user' | 'root';
  step: CheckedStep;
  /** As in the plan. */
  digest: string;
  /** Another word, another run. */
  again: string | null;
  deadline: ServerTime;
}

/** What the request has of a step and histories have once. */
export interface StepText {
  text: string | null;
}

/** A step that was begun, or had been. */
export interface StepStarted {
  /** An earlier run began it. */
  already: boolean;
  /** Null while it runs. */
  ended: StepEnd | null;
}

/** How a run in the guest ended by itself. */
export type StepEnd = Pick<StepResult, 'exitCode' | 'stdout' | 'stderr'>;

export interface StepAwaited extends StepToRun {
  /** When it was begun, as far as anybody saw. */
  since: ServerTime;
}

/** What a stop has come to, as a sentence, and the script's end where it has one. */
export interface StepStopped {
  outcome: 'stopped' | 'ran' | 'unknown';
  sentence: string;
  ended: StepEnd | null;
}

/** `script "setup"`. */
export function stepSubject(step: CompleteStep): string {
  const kind = 'file' in step ? 'file' : 'authorizedKey' in step ? 'authorized key' : 'script';
  return `${kind} "${step.name}"`;
}

/** Until when an instance is awaited at OVH: `public`, `private`: until it has such an address. */
export type AddressKind = 'active' | 'address' | 'public' | 'private';

/** Whether anything has to be asked of the guest itself. */
export function needsGuest(
  ready: Pick<CompleteReady, 'until'>,
  deploy: Pick<CompleteDeploy, 'steps'>,
): boolean {
  return deploy.steps.length > 0 || !['active', 'address'].includes(ready.until);
}

/** Whether it has to be logged in to. */
export function needsLogin(
  ready: Pick<CompleteReady, 'until' | 'from'>,
  deploy: Pick<CompleteDeploy, 'steps'>,
): boolean {
  const onlyKnocks = ready.until.startsWith('tcp:') && ready.from === 'worker';
  return deploy.steps.length > 0 || (needsGuest(ready, deploy) && !onlyKnocks);
}
