import { setFlagsFromString } from 'node:v8';
import { installRuntime } from '../../src/worker/worker.ts';

/*
 * The SDK's runtime, once in each process, as many files share one. Refusals are what many of these tests are about: they
 * are no news.
 */
installRuntime({ logLevel: 'ERROR' });
// A worker keeps its heap small at the price of processor time, which is what tests are short of: V8's own pace again.
setFlagsFromString('--heap-growing-percent=0');
