import type { LogLevel, LogMetadata, Logger } from '@temporalio/common';
import { destination, pino, stdTimeFunctions, type DestinationStream } from 'pino';
import { harmless } from '../contract/one-line.ts';
import { readRun } from './read-run.ts';

/**
 * Logs one JSON line per event on standard output, and lines for people where that is a terminal. What is not named here is
 * not logged: the SDK hands over task tokens, too.
 */
export function createLogger(level: LogLevel, to: DestinationStream = standardOutput()): Logger {
  const log = pino(
    {
      level: LEVELS[level],
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    to,
  );
  const write = (said: LogLevel, message: string, meta?: LogMetadata) => {
    if (saidBetter(message, meta)) return;
    const name = isOfTheSdk(meta) && said === 'INFO' ? 'debug' : LEVELS[said];
    log[name](loggedOf(meta), message);
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

/** Levels, as pino calls them. */
const LEVELS = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
} as const satisfies Record<LogLevel, string>;

function standardOutput(): DestinationStream {
  if (!process.stdout.isTTY) return destination({ dest: 1, sync: false });
  return {
    // Pino writes nothing but lines of ours.
    write: (line) => void process.stdout.write(readable(JSON.parse(line) as Readable)),
  };
}

type Readable = { time: string; level: string } & Partial<
  Record<'node' | 'step' | 'msg' | 'error' | 'stack', string>
>;

/** `12:00:04 WARN  web-1 create-volume-data: OVH answered 500: …`. */
export function readable({ time, level, node, step, msg, error, stack }: Readable): string {
  const about = [node, step].filter(Boolean).join(' ');
  const what = [msg, error].filter(Boolean).join(': ');
  const line = `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${about}${about && ': '}${what}`;
  // What is logged comes from elsewhere, too, and escapes command the terminal.
  return [line, ...(stack?.split('\n') ?? [])].map((each) => `${harmless(each)}\n`).join('');
}

const isOfTheSdk = (meta?: LogMetadata): boolean =>
  ['worker', 'core'].includes(String(meta?.['sdkComponent']));

/** Of attempts of activities the worker tells itself, with the words of OVH; and who only looks has no workflows. */
function saidBetter(message: string, meta?: LogMetadata): boolean {
  return (
    isOfTheSdk(meta) &&
    (/^Activity (started|completed|failed|reset|paused)/.test(message) ||
      message.startsWith('No workflows registered'))
  );
}

const NAMES: Record<string, string> = {
  workflowId: 'workflow',
  runId: 'run',
  workflowRunId: 'run',
  run_id: 'run',
  workflowType: 'type',
  activityId: 'step',
  activityType: 'activity',
  attempt: 'attempt',
  tookMs: 'tookMs',
  reason: 'reason',
  status: 'status',
  queryId: 'queryId',
  outcome: 'outcome',
  taskQueue: 'queue',
  sdkComponent: 'from',
};

function loggedOf(meta: LogMetadata = {}): Record<string, unknown> {
  const named = Object.entries(NAMES).filter(([key]) => meta[key] !== undefined && meta[key] !== null);
  const fields = Object.fromEntries(named.map(([key, name]) => [name, meta[key]]));
  return { ...readRun(meta['workflowId']), ...fields, ...errorOf(meta['error']) };
}

/** Where it happened only of what nobody has thrown on purpose. */
function errorOf(error: unknown): { error?: string; stack?: string } {
  if (typeof error === 'string') return { error };
  if (!(error instanceof Error)) return {};
  const isOnPurpose = error.name.endsWith('Failure');
  return { error: error.message, ...(!isOnPurpose && error.stack !== undefined && { stack: error.stack }) };
}
