import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { codeOf } from '../contract/unknown.ts';

/**
 * A certificate for a loopback address, and for names beside `localhost`, that signs itself, made anew each time, so that no
 * private key is ever kept. It is a CA, so that a client can trust it by its file alone.
 */
export async function selfSignedCertificate(
  ip: string,
  names: string[] = [],
): Promise<{ key: string; cert: string }> {
  // Few ask for TLS, and what makes certificates takes long to load.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: 'Mooring simulator' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    // A client whose clock is a little behind takes it as well.
    notBeforeDate: new Date(Date.now() - 86_400_000),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: [{ type: 7, ip }, ...['localhost', ...names].map((value) => ({ type: 2 as const, value }))],
      },
    ],
  });
  return { key: made.private, cert: made.cert };
}

/**
 * Where clients find it, to be named in `NODE_EXTRA_CA_CERTS` or `--cacert`. Default: in a folder of its own.
 *
 * @throws TypeError when it cannot be written
 */
export async function writeCertificate(
  pem: string,
  wanted?: string,
): Promise<{ path: string; remove(): Promise<void> }> {
  const path = wanted ?? join(await mkdtemp(join(tmpdir(), 'mooring-simulator-')), 'certificate.pem');
  try {
    await writeFile(path, pem);
  } catch (error) {
    throw new TypeError(`certificate takes a file that can be written, not "${path}" (${codeOf(error)}).`, {
      cause: error,
    });
  }
  return { path, remove: () => rm(wanted ?? dirname(path), { recursive: true, force: true }) };
}
