import type { FailureType } from './failure.ts';
import { rowOf } from './unknown.ts';

/** What to do first about a run that has failed; the runbook says more. */
const FIRST = {
  InvalidSpec: 'mend what the message names, and ask again.',
  PreflightFailed: 'choose what OVH sells there: `mooring flavors`, `mooring images`, `mooring quota`.',
  NodeBusy: 'wait for what runs on the node, or cancel it: `mooring wait`, `mooring cancel`.',
  NodeDiffers: 'look what stands there: `mooring inspect` names each difference.',
  OvhRejected: 'mend what OVH names, and ask again; its support can look the query id up.',
  OvhForbidden: 'grant the worker the right: `mooring whoami` names the calls that are refused.',
  OvhNotFound: 'look for what the spec names: `mooring keys`, `mooring snapshots`, `mooring volumes`.',
  QuotaExceeded: 'look at `mooring quota`; `mooring reap` may find something to give back.',
  InstanceFailed: 'ask again; if it goes on, ask for another flavor or region.',
  VolumeFailed: 'ask again; if it goes on, ask for another type or region.',
  FloatingIpFailed: 'ask again; if it goes on, look at the gateway of the network in the manager.',
  DeadlineExceeded: 'ask again, with longer `run.deadlines`.',
  FleetIncomplete: 'read why its nodes failed, in the failure; then ask again.',
  GuestUnreachable: 'look whether the machine answers at its address: `mooring ssh`.',
  HostKeyDiffers: 'find out which machine has the address: nothing was sent to it.',
  HostKeyUnknown: 'give all workers the same host key secret, or the spec its `ssh.hostKey`.',
  LoginRefused: 'check `ssh.user` and `ssh.key`, and whether the image takes its keys by cloud-init.',
  CloudInitFailed: 'read `cloud-init status --long` in a machine of the same image.',
  ScriptFailed: 'read the last words of the step, in the failure; mend it, and ask again.',
  ScriptTimedOut: 'give the step a longer `timeout`, or look what it waits for.',
  ScriptLost: 'look in the machine what the step has done: it may have run in part.',
  SourceChanged: 'ask again: the source was changed while the run went on.',
  Cancelled: 'nothing: somebody has asked for it.',
} as const satisfies Record<FailureType, string>;

export function showsFirst(type: string): string | undefined {
  return rowOf(FIRST, type);
}

/** `2.2 s`, `3 min 5 s`. */
export function stepDuration(ms: number): string {
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}
