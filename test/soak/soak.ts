import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { Mooring } from '../../src/client/index.ts';
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { drawFrom } from '../simulator/fuzz/values.ts';
import { Crew } from '../support/crew.ts';
import { story } from './story.ts';
import { PATIENT } from '../support/patience.ts';

interface SoakOptions {
  temporalAddress: string;
  /** The built program's main file. */
  program: string;
  /** How many stories. */
  runs: number;
  seed: number;
  /** How many go on at once. Default 30. */
  atOnce?: number;
  /** Worker processes. Default 2. */
  workers?: number;
  /** Kills, stops and replaces a worker about so often. Default 20 s; 0 never. */
  killEveryMs?: number;
  /** At most so many. Default: as long as a story goes on. */
  deaths?: number;
  /** How long a stopped worker sleeps. Default: as `Crew`. */
  stopMs?: number;
  log: (line: string) => void;
}

interface Soaked {
  runs: number;
  problems: string[];
  kills: Record<string, number>;
  perHour: number;
}

/** Random lives of many nodes at once, while workers die: afterwards OVH holds exactly what the closed workflows say. */
export async function soak(options: SoakOptions): Promise<Soaked> {
  const { temporalAddress, runs, seed, atOnce = 30, workers = 2, killEveryMs = 20_000, log } = options;
  const folder = await mkdtemp(join(tmpdir(), 'mooring-soak-'));
  const simulator = createSimulator({ bootMs: 500, volumeMs: 250, attachMs: 150, deleteMs: 150, seed });
  const { endpoint, close } = await serveSimulator(simulator);
  const projects = Array.from({ length: runs }, (_, index) => ({
    alias: `s${seed % 10_000}-${index}`,
    credentials: simulator.addProject(),
  }));
  const taskQueue = `soak-${seed}-${Date.now()}`;
  const projectsFile = join(folder, 'projects.json');
  const keys = projects.map(
    ({ alias, credentials: { region: _r, clientId: _i, clientSecret: _s, ...own } }) => [
      alias,
      { ...own, endpoint },
    ],
  );
  await writeFile(projectsFile, JSON.stringify({ projects: Object.fromEntries(keys) }), { mode: 0o600 });
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    TEMPORAL_ADDRESS: temporalAddress,
    MOORING_TASK_QUEUE: taskQueue,
    MOORING_OWNER: 'soak',
    MOORING_SETTLE: '2s',
    MOORING_FIRST_LOOK: 'instance=250ms,volume=150ms,attach=100ms',
    MOORING_MUTATIONS_PER_SECOND: '1000',
    MOORING_LOG_LEVEL: 'ERROR',
    MOORING_PROJECTS_FILE: projectsFile,
  };
  const crew = new Crew(options.program, env, workers, options.stopMs);
  const mooring = await Mooring.connect({ ...PATIENT, address: temporalAddress, taskQueue });
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection });
  const namespace = `rival-${seed}-${Date.now()}`;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: proto.google.protobuf.Duration.fromObject({ seconds: 86_400 }),
  });
  const rivals = new Crew(options.program, { ...env, TEMPORAL_NAMESPACE: namespace }, 1);
  const rival = {
    mooring: await Mooring.connect({ ...PATIENT, address: temporalAddress, namespace, taskQueue }),
    client: new Client({ connection, namespace }),
  };
  const began = Date.now();
  const problems: string[] = [];
  const over = new AbortController();
  const trouble =
    killEveryMs > 0
      ? crew.suffer(drawFrom(seed), killEveryMs, over.signal, options.deaths)
      : Promise.resolve();
  try {
    const queue = projects.entries();
    let done = 0;
    const work = async () => {
      for (const [index, { alias, credentials }] of queue) {
        const place = { mooring, client, rival, simulator, credentials, alias, settleMs: 2000, folder };
        const wrong = await story(place, seed + index).catch((error: unknown) => [
          `seed ${seed + index}: the story broke: ${String(error)}`,
        ]);
        problems.push(...wrong);
        for (const problem of wrong) log(problem);
        done += 1;
        if (done % 50 === 0) log(`${done} of ${runs} stories, ${problems.length} problems`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
  } finally {
    over.abort();
    await trouble;
    await crew.end();
    await rivals.end();
    await mooring.close();
    await rival.mooring.close();
    await connection.close();
    await close();
    if (problems.length === 0) await rm(folder, { recursive: true });
  }
  const perHour = Math.round((runs / (Date.now() - began)) * 3_600_000);
  return { runs, problems, kills: crew.suffered, perHour };
}
