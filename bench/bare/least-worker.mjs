/* The least that a worker is: the SDK, a bundle that was made beforehand, and one queue. */
import { NativeConnection, Worker } from '@temporalio/worker';

const [codePath, taskQueue] = process.argv.slice(2);
const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });
const worker = await Worker.create({ connection, taskQueue, workflowBundle: { codePath } });
await worker.run();
