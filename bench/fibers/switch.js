/** A hundred fibers that do nothing but give way, three frames deep: prints nanoseconds per switch. */
import { joinAllAsync, spawn } from '../../dist/index.js';
import { switches } from './mill.js';

const ROUNDS = 20_000;
const times = [];
for (let repeat = 0; repeat < 5; repeat++) {
  const begin = performance.now();
  await joinAllAsync(Array.from({ length: 100 }, () => spawn(switches, ROUNDS)));
  times.push(((performance.now() - begin) * 1e6) / (100 * ROUNDS));
}
console.log(JSON.stringify({ nanoseconds: times.toSorted((a, b) => a - b)[2] }));
