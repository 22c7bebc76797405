// Fifty green threads walk a lazily loaded model at once, over one pool of five connections.
//
//   node examples/lazy-orm/main.js
//   DATABASE_URL=postgres://localhost/test node examples/lazy-orm/main.js
import { blocking, spawn } from 'coppice';
import { cleanUp, seed } from './seed.js';

const POSTS = 50;

// The same db.js, here by its explicit face: this is a coroutine, and it must not block the loop.
const db = blocking(new URL('./db.js', import.meta.url));

for (const statement of seed) await db.queryAsync(statement);

// Twice: the first time the green threads come one by one, as their Workers start; the second time all at once.
await walk('starting');
const descriptions = await walk('warm');

for (const statement of cleanUp) await db.queryAsync(statement);
await db.closeAsync();
console.log(descriptions.join('\n'));

async function walk(label) {
  await db.resetStatisticsAsync();
  const started = performance.now();
  let turns = 0;
  const ticker = setInterval(() => turns++, 1);
  const threads = Array.from({ length: POSTS }, (_, index) =>
    spawn(new URL('./describe-post.js', import.meta.url), index + 1),
  );
  const results = await Promise.all(threads);
  clearInterval(ticker);
  const took = Math.round(performance.now() - started);
  const { database, connections, queries, most } = await db.statisticsAsync();
  console.log(
    `${database}, ${label}: ${POSTS} green threads made ${queries} queries in ${took} ms, ` +
      `at most ${most} in flight over ${connections} connections; the loop turned ${turns} times.`,
  );
  return results;
}
