// Many may read a table at once, but nobody while it is being written; and neither side starves.
import { RWLock, wrap } from 'coppice';

const jobs = wrap(new URL('./jobs.js', import.meta.url));
const lock = new RWLock();
const table = new Int32Array(new SharedArrayBuffer(8));

let most = 0;
const watching = setInterval(() => {
  most = Math.max(most, lock.statistics().readers);
}, 1);
const readers = Array.from({ length: 4 }, () => jobs.reader(lock, table, 10));
const writers = Array.from({ length: 2 }, () => jobs.writer(lock, table, 5));
await Promise.all(writers);
const torn = await Promise.all(readers);
clearInterval(watching);

console.log(`The table is ${[...table].join(', ')} after 10 writes.`);
console.log(
  'Readers saw',
  torn.reduce((sum, each) => sum + each, 0),
  'half changes.',
);
console.log(`At most ${most} read at once.`);
