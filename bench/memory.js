/**
 * A process that parks a number of Workers and prints its resident size per Worker in MB.
 *
 *   node memory.js coppice|bare COUNT
 */
import { Worker } from 'node:worker_threads';

const [kind, count] = [process.argv[2], Number(process.argv[3])];
const words = new Int32Array(new SharedArrayBuffer(8));
const resourceLimits = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4, stackSizeMb: 1 };
const coppice = kind === 'coppice' ? await import('../dist/index.js') : undefined;
const here = new URL('./bare-park.js', import.meta.url);
globalThis.gc?.();
const before = process.memoryUsage.rss();
coppice?.configure({ maxWorkers: count });
for (let index = 0; index < count; index++) {
  if (coppice) {
    new coppice.GreenThread(new URL('./echo-call.js', import.meta.url), {
      exportName: 'park',
      args: [words],
      resourceLimits,
    }).start();
  } else {
    const worker = new Worker(here, { workerData: words, resourceLimits });
    worker.unref();
  }
  // A few at a time: what is measured is what a parked one costs, not a storm of starting ones.
  while (index + 1 - Atomics.load(words, 0) >= 4)
    await new Promise((resolve) => setTimeout(resolve, 1));
}
while (Atomics.load(words, 0) < count) await new Promise((resolve) => setTimeout(resolve, 1));
console.log((process.memoryUsage.rss() - before) / count / 2 ** 20);
process.exit();
