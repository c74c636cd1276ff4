import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/**
 * A certificate for a loopback address, and for names beside `localhost`, that signs itself, made anew each time, so that no private key is ever kept.
 * Node makes keys but no certificates; this is the least of X.509 (RFC 5280) that OpenSSL accepts.
 */
export function selfSignedCertificate(ip: string, names: string[] = []): { key: string; cert: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const name = sequence(set(sequence(oid('550403'), utf8('Mooring simulator'))));
  const algorithm = sequence(oid('2a8648ce3d040302')); // ecdsa-with-SHA256
  const yesterday = Date.now() - 86_400_000;
  const body = sequence(
    tagged(0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([1]), randomBytes(8)])),
    algorithm,
    name,
    sequence(time(yesterday), time(yesterday + 366 * 86_400_000)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tagged(
      3,
      sequence(
        extension('551d13', sequence(der(0x01, Buffer.from([0xff])))), // a CA, so that it can be trusted by itself
        extension(
          '551d11',
          sequence(
            der(0x87, Buffer.from(ip.split('.').map(Number))),
            ...['localhost', ...names].map((each) => der(0x82, Buffer.from(each))),
          ),
        ),
      ),
    ),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature])));
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? [];
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n'),
  };
}

/** Where clients find it, to be named in `NODE_EXTRA_CA_CERTS` or `--cacert`. Default: in a folder of its own. */
export async function writeCertificate(
  pem: string,
  wanted?: string,
): Promise<{ path: string; remove(): Promise<void> }> {
  const path = wanted ?? join(await mkdtemp(join(tmpdir(), 'mooring-simulator-')), 'certificate.pem');
  await writeFile(path, pem);
  return { path, remove: () => rm(wanted ?? dirname(path), { recursive: true, force: true }) };
}

/** Tag, length, value: the encoding of everything in a certificate. */
function der(tag: number, value: Buffer): Buffer {
  const length =
    value.length < 0x80
      ? [value.length]
      : value.length < 0x100
        ? [0x81, value.length]
        : [0x82, value.length >> 8, value.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), value]);
}

const sequence = (...parts: Buffer[]) => der(0x30, Buffer.concat(parts));
const set = (...parts: Buffer[]) => der(0x31, Buffer.concat(parts));
const tagged = (number: number, value: Buffer) => der(0xa0 + number, value);
const integer = (value: Buffer) => der(0x02, value);
const oid = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const utf8 = (text: string) => der(0x0c, Buffer.from(text));
const extension = (id: string, value: Buffer) => sequence(oid(id), der(0x04, value));

/** UTCTime, which holds until 2049. */
function time(milliseconds: number): Buffer {
  return der(
    0x17,
    Buffer.from(
      new Date(milliseconds)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2),
    ),
  );
}
