/** The least that two Workers can hand over with: two words and Atomics, or a MessagePort. */
import { parentPort, workerData } from 'node:worker_threads';
import { pin } from './pin.js';

const { words, me, port, turns, core } = workerData;
pin(core);
const start = performance.now();
const report = () => parentPort.postMessage(((performance.now() - start) / turns) * 1000);

if (words) {
  const other = 1 - me;
  for (let turn = 1; turn <= turns; turn++) {
    if (me === 0) {
      Atomics.store(words, other, turn);
      Atomics.notify(words, other);
    }
    while (Atomics.load(words, me) < turn) Atomics.wait(words, me, turn - 1);
    if (me === 1) {
      Atomics.store(words, other, turn);
      Atomics.notify(words, other);
    }
  }
  report();
} else {
  let left = turns;
  port.on('message', () => {
    if (left-- > 0) port.postMessage({ index: left });
    if (left === 0) {
      report();
      port.close();
    }
  });
  if (me === 0) port.postMessage({ index: left });
}
