/** The blocking echo call that coppice is measured with; and the jobs that make it, many times over. */
import { defineBlocking, sleep } from '../dist/index.js';

export const echo = defineBlocking('bench.echo', (value) => value, { module: import.meta.url });

/** The median time of one call in microseconds. */
export function p50(calls) {
  const times = new Float64Array(calls);
  for (let index = 0; index < calls; index++) {
    const start = performance.now();
    echo(index);
    times[index] = performance.now() - start;
  }
  return times.toSorted()[calls >> 1] * 1000;
}

/** Calls until the shared word says stop; gives how many. */
export function callUntil(words) {
  let count = 0;
  Atomics.add(words, 0, 1);
  Atomics.notify(words, 0);
  Atomics.wait(words, 1, 0);
  while (Atomics.load(words, 1) === 1) {
    echo(count);
    count++;
  }
  return count;
}

export const nothing = () => {};

export const park = (words) => {
  Atomics.add(words, 0, 1);
  Atomics.notify(words, 0);
  sleep(Infinity);
};

export default function job() {}
