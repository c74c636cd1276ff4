const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

/** The host name, as `URL` writes it, is one of this machine itself, and not one that somebody else lets point here. */
export function isLoopback(hostname: string): boolean {
  return NAMES.includes(hostname);
}
