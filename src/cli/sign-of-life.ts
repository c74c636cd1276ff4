/** Says on a terminal what takes so long, once it does; wiped when it is done. */
export async function withSignOfLife<T>(
  what: string,
  { quiet = false }: { quiet?: boolean },
  act: () => Promise<T>,
): Promise<T> {
  const { stderr } = process;
  if (quiet || !stderr.isTTY) return act();
  const began = Date.now();
  const timer = setInterval(() => {
    stderr.write(`\r${what} … ${Math.round((Date.now() - began) / 1000)} s`);
  }, 1000);
  try {
    return await act();
  } finally {
    clearInterval(timer);
    if (Date.now() - began >= 1000) stderr.write('\r\u001B[K');
  }
}
