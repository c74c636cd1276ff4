import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where the simulator keeps the guest of an instance: `disk` with the homes, and what its programs read. */
export function guestFolder(instanceId: string): string {
  const parks = readdirSync(tmpdir()).filter((name) => name.startsWith('mooring-guests-'));
  const [folder] = parks.map((park) => join(tmpdir(), park, instanceId)).filter((path) => existsSync(path));
  if (folder === undefined) throw new Error(`the simulator has no guest of instance ${instanceId}`);
  return folder;
}

/** Paths on the disk of a guest, all of which may come and go. */
export function pathsOn(instanceId: string, pattern: RegExp): string[] {
  try {
    const disk = join(guestFolder(instanceId), 'disk');
    return readdirSync(disk, { recursive: true, encoding: 'utf8' }).filter((path) => pattern.test(path));
  } catch {
    return [];
  }
}
