// Producers and consumers around a buffer with room for four: who is too fast waits.
import { Queue, wrap } from 'coppice';

const jobs = wrap(new URL('./jobs.js', import.meta.url));
const buffer = new Queue({ maxSize: 4 });

const consumers = Array.from({ length: 3 }, () => jobs.consume(buffer));
await Promise.all([0, 1, 2].map((n) => jobs.produce(buffer, n * 100, (n + 1) * 100)));
buffer.shutdown();

const sums = await Promise.all(consumers);
const sum = sums.reduce((total, each) => total + each, 0);
console.log('Three consumers got a sum of', sum);
