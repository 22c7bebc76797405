/**
 * A Worker in which synckit's caller stands: so that, as for a green thread, the main thread stays free. It answers with
 * the median of `calls` echo calls in microseconds, or with how many calls it made per second.
 */
import { parentPort } from 'node:worker_threads';
import { createSyncFn } from 'synckit';

const echo = createSyncFn(new URL('./synckit-echo.js', import.meta.url));

parentPort.on('message', ({ calls }) => {
  const times = new Float64Array(calls);
  const begin = performance.now();
  for (let index = 0; index < calls; index++) {
    const start = performance.now();
    echo(index);
    times[index] = performance.now() - start;
  }
  const perSecond = (calls / (performance.now() - begin)) * 1000;
  parentPort.postMessage({ p50: times.toSorted()[calls >> 1] * 1000, perSecond });
});
