/** What the green threads of bench/sync.js do, each timed from inside. */
import { pin } from './pin.js';

/** The median of many batches, in microseconds for one turn. */
function perTurn(turn, batches = 60, size = 2_000) {
  const times = [];
  for (let batch = 0; batch < batches; batch++) {
    const start = performance.now();
    for (let index = 0; index < size; index++) turn();
    times.push(((performance.now() - start) / size) * 1000);
  }
  return times.toSorted((a, b) => a - b)[batches >> 1];
}

export function uncontendedLock(lock) {
  return perTurn(() => {
    lock.acquire();
    lock.release();
  });
}

export function uncontendedEvent(event) {
  return perTurn(() => {
    event.set();
    event.wait();
  });
}

/** Each turn of the loop hands over to the other and waits for it. */
export function pingPong(mine, other, turns, starts, core) {
  pin(core);
  const start = performance.now();
  if (starts) other.release();
  for (let index = 0; index < turns; index++) {
    mine.acquire();
    other.release();
  }
  return ((performance.now() - start) / turns) * 1000;
}

export function queuePingPong(mine, other, turns, starts, core) {
  pin(core);
  const start = performance.now();
  if (starts) other.put({ index: -1 });
  for (let index = 0; index < turns; index++) {
    mine.get();
    other.put({ index });
  }
  return ((performance.now() - start) / turns) * 1000;
}

export function send(queue, turns) {
  for (let index = 0; index < turns; index++) queue.put({ index });
}

export function receive(queue, turns) {
  const start = performance.now();
  for (let index = 0; index < turns; index++) queue.get();
  return ((performance.now() - start) / turns) * 1000;
}
