/** States of things that lists may still show and that are gone. */
const INSTANCE_GONE = new Set(['DELETING', 'DELETED', 'SOFT_DELETED']);
const VOLUME_GONE = new Set(['deleting', 'deleted']);

export function instanceIsAlive({ status }: { status: string }): boolean {
  return !INSTANCE_GONE.has(status);
}

export function volumeIsAlive({ status }: { status: string }): boolean {
  return !VOLUME_GONE.has(status);
}
