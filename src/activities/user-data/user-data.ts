import { createHash } from 'node:crypto';

/** Source: OVH passes cloud-init's user data on as it is, OpenStack takes 65,535 bytes of base64. */
export const MAX_USER_DATA_BYTES = 49_149;

/**
 * The user data that an instance is created with: the user's own, and last a part that sets the plain host name,
 * because OVH takes the host name from the instance's name, which carries the mark. cloud-init merges parts so that
 * a value that came earlier wins: a host name that the user set stays.
 *
 * @returns undefined when there is nothing to say.
 * @throws RangeError when the result is larger than OVH takes.
 */
export function mergeUserData(own: string | null, hostname: string | false): string | undefined {
  const merged = merge(own, hostname);
  const bytes = merged === undefined ? 0 : Buffer.byteLength(merged);
  if (bytes > MAX_USER_DATA_BYTES)
    throw new RangeError(
      `userData has ${bytes} bytes with the host name merged in; OVH takes at most ${MAX_USER_DATA_BYTES}`,
    );
  return merged;
}

function merge(own: string | null, hostname: string | false): string | undefined {
  if (hostname === false) return own ?? undefined;
  const ours = `#cloud-config\nhostname: ${hostname}\npreserve_hostname: false\n`;
  if (own === null || own.trim() === '') return ours;
  const boundary = boundaryOf(own, ours);
  return [
    'MIME-Version: 1.0',
    `Content-Type: multipart/mixed; boundary="${boundary}"`,
    '',
    `--${boundary}`,
    ...part(own),
    `--${boundary}`,
    ...part(ours),
    `--${boundary}--`,
    '',
  ].join('\n');
}

/** A line that is in none of the parts: whoever knows the boundary could add parts of another kind to a text that they may fill. */
function boundaryOf(...parts: string[]): string {
  const text = parts.join('\n');
  for (let count = 0; ; count += 1) {
    const digest = createHash('sha256').update(`${count}\n${text}`).digest('hex');
    const boundary = `mooring-${digest.slice(0, 32)}`;
    if (!text.includes(boundary)) return boundary;
  }
}

/** User data that is MIME already brings its own header; for the rest cloud-init reads the kind off the first line. */
function part(content: string): string[] {
  if (/^(content-type|mime-version):/i.test(content)) return [content];
  return ['Content-Type: text/plain; charset="utf-8"', '', content];
}
