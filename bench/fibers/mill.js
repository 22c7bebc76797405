/** Unmodified blocking code: a class method and two plain functions above the sleep. */
import { sleep } from '../../dist/index.js';

class Job {
  nap(ms) {
    outer(ms);
  }

  work() {
    for (let round = 0; round < 3; round++) this.nap(1000);
  }
}

function outer(ms) {
  inner(ms);
}

function inner(ms) {
  sleep(ms);
}

export function threeSleeps() {
  new Job().work();
}

export function switches(rounds) {
  for (let round = 0; round < rounds; round++) outer(0);
}
