import { createConnection } from 'node:net';
import type { CloudInit, GuestAwaited, GuestSeen } from '../../contract/index.ts';
import { timing } from '../../contract/timing.ts';
import { CLOUD_INIT_STATUS, cloudInitState } from '../../guest/cloud-init.ts';
import type { ExecResult } from '../../guest/connect.ts';
import { look } from '../../guest/run.ts';
import { lastLine, shown } from '../../guest/shown.ts';
import { Attempt, firstBeatMs } from '../exactly-once/attempt.ts';
import type { PauseWatch } from '../exactly-once/pause-watch.ts';
import { finalFailure, notReady } from '../exactly-once/to-failure.ts';
import type { ServedProjects } from '../project.ts';
import { ownProject } from '../proof/own-project.ts';
import type { GuestAccess } from './guest-access.ts';
import { Patience, type GuestMemory } from './patience.ts';

/** A run that nobody ever begins: to look at it proves that commands run. */
const NO_RUN = { base: '', id: 'look', asRoot: false };

type Looked = { done: GuestSeen } | { pending: string };

export function awaitGuestActivity({
  projects,
  pauses,
  guests,
}: {
  projects: ServedProjects;
  pauses: PauseWatch;
  guests: GuestAccess;
}) {
  return {
    /**
     * Waits until the guest is as ready as the spec says, one bounded look after the other, none of which asks OVH.
     *
     * @throws GuestUnreachable, HostKeyDiffers, LoginRefused, CloudInitFailed, DeadlineExceeded
     */
    async awaitGuest(wanted: GuestAwaited): Promise<GuestSeen> {
      const attempt = new Attempt<GuestMemory>(pauses);
      ownProject(projects, wanted.target.place);
      const patience = new Patience(attempt, wanted.deadline);
      const pauseMs = wanted.ready.until === 'cloud-init' ? timing.cloudInitPauseMs : timing.guestPauseMs;
      const wait = async () => {
        for (;;) {
          const looked = await lookOnce(wanted, attempt, patience);
          if ('done' in looked) return looked.done;
          attempt.says(looked.pending);
          if (attempt.elapsedMs() + pauseMs > attempt.turnMs) {
            patience.remember();
            throw notReady(looked.pending, pauseMs);
          }
          await attempt.sleep(pauseMs);
        }
      };
      return attempt.waiting(firstBeatMs(attempt), wait, patience.memory);
    },
  };

  async function lookOnce(
    wanted: GuestAwaited,
    attempt: Attempt<GuestMemory>,
    patience: Patience,
  ): Promise<Looked> {
    try {
      const looked = await rung(wanted, attempt);
      patience.answered();
      if ('pending' in looked && patience.isOver)
        throw finalFailure('DeadlineExceeded', `${looked.pending}, and the deadline has passed`);
      return looked;
    } catch (error) {
      return { pending: patience.pending(error, `waits for ${wanted.ready.until} of ${wanted.about}`) };
    }
  }

  async function rung(
    { target, ready, about }: GuestAwaited,
    attempt: Attempt<GuestMemory>,
  ): Promise<Looked> {
    const { until, command } = ready;
    const port = until.startsWith('tcp:') ? Number(until.slice(4)) : undefined;
    if (port !== undefined && ready.from === 'worker') {
      await guests.turn(target, attempt);
      const why = await attempt.heeding((signal) => knock(target.host, port, signal));
      if (why === undefined) return { done: { hostKey: null, cloudInit: null } };
      return { pending: `port ${port} of ${about} does not answer at ${target.host}: ${why}` };
    }
    return guests.use(target, attempt, async (guest, signal): Promise<Looked> => {
      const seen = { hostKey: guest.hostKey, cloudInit: null };
      if (port !== undefined)
        return (await guest.listens(port, { signal }))
          ? { done: seen }
          : { pending: `nothing listens on port ${port} in ${about} yet` };
      if (until === 'cloud-init') {
        const said = await guest.exec(CLOUD_INIT_STATUS, { signal });
        return withCloudInit(said, ready.cloudInit, about, guest.hostKey);
      }
      if (until === 'command' && command !== null) {
        const { code, stdout, stderr } = await guest.exec(command, { signal });
        const last = lastLine(stderr.toString('utf8')) ?? lastLine(stdout.toString('utf8'));
        const ended = code === null ? 'was ended by a signal' : `ends with ${code}`;
        return code === 0
          ? { done: seen }
          : { pending: `ready.command ${ended} in ${about}${last === undefined ? '' : `: ${last}`}` };
      }
      // A login proves little: cloud images let root in to say that somebody else shall come.
      await look(guest, NO_RUN, { signal });
      return { done: seen };
    });
  }
}

/** @throws CloudInitFailed where the spec does not accept how it ended. */
function withCloudInit(
  said: ExecResult,
  accepts: GuestAwaited['ready']['cloudInit'],
  about: string,
  hostKey: string,
): Looked {
  const seen = cloudInitState(said);
  if (!seen) {
    const text = lastLine(`${said.stdout.toString('utf8')}\n${said.stderr.toString('utf8')}`) ?? 'nothing';
    return { pending: `cloud-init of ${about} says nothing that can be read (exit ${said.code}): ${text}` };
  }
  if (seen.state === 'running')
    return {
      pending: `cloud-init of ${about} is not done yet${seen.detail ? `: ${shown(seen.detail)}` : ''}`,
    };
  if ((seen.state === 'degraded' || seen.state === 'error') && accepts[seen.state] === 'fail')
    throw finalFailure(
      'CloudInitFailed',
      `cloud-init of ${about} ended with ${seen.state}: ${shown(seen.detail) || 'it does not say why'}`.slice(
        0,
        2000,
      ),
    );
  return { done: { hostKey, cloudInit: seen.state satisfies CloudInit } };
}

/** Undefined: something takes connections there. */
function knock(host: string, port: number, signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createConnection({ host, port, signal, timeout: timing.knockMs });
    const end = (why?: string) => {
      socket.destroy();
      resolve(why);
    };
    socket.once('connect', () => end());
    socket.once('timeout', () => end('silent'));
    socket.once('error', (error: NodeJS.ErrnoException) => end(error.code ?? error.message));
  });
}
