import { isIPv4 } from 'node:net';

/** IPv4 networks, as far as private ones need them. */
interface Range {
  first: number;
  last: number;
}

/** `10.1.0.0/24`; undefined where it is none, or has bits set beyond its mask. */
export function parseCidr(text: string): Range | undefined {
  const [address = '', bits = ''] = text.split('/');
  const length = Number(bits);
  if (!isIPv4(address) || !/^\d{1,2}$/.test(bits) || length < 8 || length > 30) return undefined;
  const first = toNumber(address);
  const size = 2 ** (32 - length);
  return first % size === 0 ? { first, last: first + size - 1 } : undefined;
}

export function toNumber(ip: string): number {
  return ip.split('.').reduce((number, byte) => number * 256 + Number(byte), 0);
}

export function toIp(number: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(number / 2 ** bits) % 256).join('.');
}

export function contains({ first, last }: Range, ip: string): boolean {
  return isIPv4(ip) && toNumber(ip) >= first && toNumber(ip) <= last;
}

export function overlap(one: Range, other: Range): boolean {
  return one.first <= other.last && other.first <= one.last;
}
