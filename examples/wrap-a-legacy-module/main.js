// A module that blocks becomes a set of concurrent functions, without editing it.
import { wrap } from 'coppice';

const legacy = wrap(new URL('./legacy-lib.cjs', import.meta.url));

let ticks = 0;
const ticker = setInterval(() => ticks++, 10);
const started = Date.now();

console.log(
  await Promise.all([
    legacy.measure('first', 1),
    legacy.measure('second', 1),
    legacy.measure('third', 1),
    legacy.fibonacci(25),
  ]),
);
clearInterval(ticker);
console.log(
  `Three waits of 1 s took ${Date.now() - started} ms together; meanwhile the loop turned ${ticks} times.`,
);
