/** A bare Worker that parks. */
import { workerData } from 'node:worker_threads';

Atomics.add(workerData, 0, 1);
Atomics.notify(workerData, 0);
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
