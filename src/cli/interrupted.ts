const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** npm hands a Ctrl-C on that the terminal has sent to everybody already: what follows so soon is its echo. */
export const ECHO_MS = 1000;

/** Resolves at the first SIGINT, SIGTERM or SIGHUP (the terminal is gone); a second one ends the program as ever. */
export function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    const hear = () => {
      resolve();
      setTimeout(() => {
        for (const signal of SIGNALS) process.off(signal, hear);
      }, ECHO_MS).unref();
    };
    for (const signal of SIGNALS) process.on(signal, hear);
  });
}
