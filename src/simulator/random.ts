/** Randomness that a seed repeats. */
export interface Random {
  /** At least 0, less than 1. */
  next(): number;
  hex(digits: number): string;
  /** Upper and lower case letters and digits, as OVH's keys have them. */
  token(length: number): string;
  uuid(): string;
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** Mulberry32: 32 bits of state are enough for ids in a simulator. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;

  function next() {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  }

  function hex(digits: number) {
    let text = '';
    while (text.length < digits)
      text += Math.floor(next() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    return text.slice(0, digits);
  }

  return {
    next,
    hex,
    token: (length) => Array.from({ length }, () => letters[Math.floor(next() * letters.length)]).join(''),
    uuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`,
  };
}
