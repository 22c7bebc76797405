/**
 * The least that a blocking call to the main thread can be made of: postMessage there, Atomics.notify and postMessage
 * back. No ids, no errors, no kills.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';

const { port, words } = workerData;

parentPort?.on('message', ({ calls }) => {
  const times = new Float64Array(calls);
  for (let index = 0; index < calls; index++) {
    const start = performance.now();
    const seen = Atomics.load(words, 0);
    port.postMessage(index);
    Atomics.wait(words, 0, seen);
    receiveMessageOnPort(port);
    times[index] = performance.now() - start;
  }
  parentPort.postMessage({ p50: times.toSorted()[calls >> 1] * 1000 });
});
