/**
 * What the programs that we start need of our environment: to find files, a home, a temporary folder, certificates,
 * the way out, and how much of the machine a program in Go may take. Everything else stays here, above all OVH's secrets and the keys of encrypted histories; and `TEMPORAL_*`,
 * which is meant for clients and which the Temporal CLI would take for its own.
 */
const NEEDED = [
  'PATH',
  'HOME',
  'USER',
  'LANG',
  'LC_ALL',
  'TZ',
  'TMPDIR',
  'XDG_CACHE_HOME',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'all_proxy',
  'no_proxy',
  'GOGC',
  'GOMAXPROCS',
  'GOMEMLIMIT',
];

/** The environment of a child process: the list above, and what `more` matches. */
export function environmentOf(env: NodeJS.ProcessEnv, more?: RegExp): NodeJS.ProcessEnv {
  const needed = Object.entries(env).filter(([name]) => NEEDED.includes(name) || more?.test(name));
  return Object.fromEntries(needed);
}
