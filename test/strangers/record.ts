/*
 * `npx tsx test/strangers/record.ts <client>` serves a simulator, prints what `mooring simulator` prints, and writes what
 * it was asked to `recorded/<client>.json` when it is interrupted. For clients that the test suite does not run.
 */
import { createSimulator, serveSimulator } from '../../src/simulator/index.ts';
import { replayed } from './replayed.ts';
import { recording } from './recording.ts';

const [client] = process.argv.slice(2);
if (!client) throw new Error('Say the name of the client: npx tsx test/strangers/record.ts <client>');
const { simulator, save } = recording(createSimulator(replayed), client);
const { endpoint, close } = await serveSimulator(simulator);
process.stdout.write(`${JSON.stringify({ ...simulator.first, endpoint })}\n`);
process.once('SIGTERM', () => void save().then(close));
process.once('SIGINT', () => void save().then(close));
