// The simulator and a worker that talks to it, in one container, because the simulator listens on loopback only.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const mooring = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));

const simulator = spawn(process.execPath, [mooring, 'simulator'], { stdio: ['ignore', 'pipe', 'inherit'] });
const { value: line } = await createInterface(simulator.stdout)[Symbol.asyncIterator]().next();
const { endpoint, projectId, applicationKey, applicationSecret, consumerKey } = JSON.parse(line);

const worker = spawn(process.execPath, [mooring, 'worker'], {
  stdio: 'inherit',
  env: {
    ...process.env,
    OVH_ENDPOINT: endpoint,
    OVH_CLOUD_PROJECT_SERVICE: projectId,
    OVH_APPLICATION_KEY: applicationKey,
    OVH_APPLICATION_SECRET: applicationSecret,
    OVH_CONSUMER_KEY: consumerKey,
  },
});

process.on('SIGTERM', () => worker.kill());
simulator.on('exit', () => worker.kill());
// The worker goes first: what it has begun, it finishes at the simulator.
worker.on('exit', (code) => {
  process.exitCode = code ?? 1;
  simulator.kill();
});
