import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { Option, type Command } from 'commander';
import { codeOf } from '../../contract/unknown.ts';
import { requirePackages } from '../../entries/needs.ts';
import { secretFile } from '../../input/secret-file.ts';
import { CodecKeys } from '../../temporal/codec/codec-keys.ts';
import { act } from '../act.ts';
import { UsageError } from '../cli-error.ts';
import { parsePortOrAny } from '../parse-port.ts';

interface CodecServerFlags {
  port: number;
  host: string;
  origin: string[];
}

/** Of Temporal's own server on this machine; the first `--origin` takes their place. */
const UI_ORIGINS = ['http://localhost:8233', 'http://127.0.0.1:8233'];

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]', '::1'];

/** `mooring codec-server`: lets the Temporal UI and CLI read encrypted histories, until SIGTERM or Ctrl-C. */
export default function codecServerCommand(program: Command): void {
  program
    .command('codec-server')
    .description('decrypt histories for the Temporal UI and CLI, with the keys of MOORING_CODEC_KEY')
    .addOption(
      new Option('--port <number>', 'where it listens; 0: any').default(8234).argParser(parsePortOrAny),
    )
    .option('--host <address>', 'where it listens; callers need MOORING_CODEC_TOKEN anywhere', '127.0.0.1')
    .addOption(
      new Option('--origin <url>', 'of the Temporal UI whose pages are answered; may be repeated')
        .default(UI_ORIGINS)
        .argParser<string[]>((origin, before) => (before === UI_ORIGINS ? [origin] : [...before, origin])),
    )
    .action(
      act(async (flags: CodecServerFlags) => {
        const keys = CodecKeys.load(process.env);
        if (!keys)
          throw new UsageError(
            'there is nothing to decrypt with; set MOORING_CODEC_KEY or MOORING_CODEC_KEY_FILE',
          );
        const token = tokenOf(process.env);
        const isLoopback = LOOPBACK.includes(flags.host);
        requirePackages('mooring codec-server', 'codecServer');
        const { createCodecServer } = await import('../../temporal/codec/codec-server.ts');
        const app = createCodecServer({
          keys,
          token,
          origins: flags.origin,
          ...(isLoopback && { hosts: LOOPBACK }),
        });
        await serveUntilStopped(app.fetch, flags);
      }),
    );
}

/** Also on loopback: another user of this machine would decrypt. */
function tokenOf(env: NodeJS.ProcessEnv): string {
  const file = secretFile(env, 'MOORING_CODEC_TOKEN', UsageError);
  const token = file ? readToken(file) : env['MOORING_CODEC_TOKEN'];
  if (!token)
    throw new UsageError(
      'it would decrypt for everybody who reaches it, on this machine as well; set MOORING_CODEC_TOKEN_FILE or MOORING_CODEC_TOKEN to what they must know, such as the output of openssl rand -hex 32',
    );
  // What a header can carry as a bearer token (RFC 6750) and a path of the UI's address can, too; another would let nobody in.
  if (!/^[\w.~+-]{16,}=*$/.test(token))
    throw new UsageError(
      `${file ? 'MOORING_CODEC_TOKEN_FILE' : 'MOORING_CODEC_TOKEN'} must have at least 16 characters, of letters, digits and . _ ~ + - alone, such as the output of openssl rand -hex 32`,
    );
  return token;
}

function readToken(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`MOORING_CODEC_TOKEN_FILE: cannot read ${file} (${codeOf(error)})`);
  }
}

async function serveUntilStopped(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: CodecServerFlags,
): Promise<void> {
  const { serve } = await import('@hono/node-server');
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname: host, port }, (address: AddressInfo) => {
      const shown = host.includes(':') ? `[${host}]` : host;
      process.stderr.write(`codec server ready: http://${shown}:${address.port}, pid ${process.pid}\n`);
    });
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new UsageError(`port ${port} of ${host} is in use; choose another with --port`)
          : error,
      ),
    );
    const stop = () => server.close(() => resolve());
    process.once('SIGTERM', stop).once('SIGINT', stop);
  });
}
