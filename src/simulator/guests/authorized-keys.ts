import ssh2 from 'ssh2';

/** One line of `authorized_keys`. */
interface AuthorizedKey {
  /** The public key as SSH sends it. */
  blob: Buffer;
  /** Runs instead of whatever the client asks for. */
  command?: string;
  mayForward: boolean;
}

/** The line that lets this key in, if there is one. */
export function findAuthorizedKey(file: string, blob: Buffer): AuthorizedKey | undefined {
  return file
    .split('\n')
    .flatMap((line) => readLine(line.trim()) ?? [])
    .find((key) => key.blob.equals(blob));
}

function readLine(line: string): AuthorizedKey | undefined {
  if (line === '' || line.startsWith('#')) return undefined;
  // What precedes the key: words and quoted texts, joined by commas.
  const [, options = '', key = ''] =
    /^((?:[\w-]+(?:="(?:\\.|[^"\\])*")?,?)*\s+)?((?:ssh|ecdsa|sk)-\S+\s+\S+.*)$/.exec(line) ?? [];
  const parsed = ssh2.utils.parseKey(key);
  if (parsed instanceof Error) return undefined;
  const [first] = [parsed].flat();
  if (!first) return undefined;
  const command = /(?:^|,)command="((?:\\.|[^"\\])*)"/.exec(options)?.[1];
  return {
    blob: first.getPublicSSH(),
    ...(command !== undefined && { command: command.replaceAll(String.raw`\"`, '"') }),
    mayForward: !/(^|,)(no-port-forwarding|restrict)(,|\s|$)/.test(options),
  };
}
