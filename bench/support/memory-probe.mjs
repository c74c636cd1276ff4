/*
 * Preloaded into a worker process by NODE_OPTIONS: on SIGHUP (SIGUSR2 would end a Temporal worker) every thread collects
 * its garbage, and what is left is written to the file that BENCH_MEMORY_FILE names. Plain JavaScript, because it comes
 * before any loader.
 */
import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const channel = new BroadcastChannel('bench-memory');

/** The heap of this thread, once its garbage is collected. */
async function heapBytes() {
  for (let turn = 0; turn < 3; turn += 1) {
    collect();
    await sleep(100);
  }
  return getHeapStatistics().used_heap_size;
}

let others = 0;

async function measure() {
  others = 0;
  send({ collect: true });
  const own = await heapBytes();
  await sleep(1500);
  const measured = { rssBytes: process.memoryUsage.rss(), heapBytes: own + others };
  writeFileSync(process.env.BENCH_MEMORY_FILE, JSON.stringify(measured));
}

function send(message) {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a channel between threads knows no origins
  channel.postMessage(message);
}

if (isMainThread) {
  channel.addEventListener('message', ({ data }) => (others += data.heapBytes ?? 0));
  process.on('SIGHUP', () => void measure());
} else {
  channel.addEventListener('message', ({ data }) => {
    if (data.collect) void heapBytes().then((bytes) => send({ heapBytes: bytes }));
  });
}
channel.unref();
