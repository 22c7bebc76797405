// Ten thousand green threads in one heap, in ordinary blocking code. Run it compiled:
//   npx coppice run --fibers examples/fibers/app.js
import { joinAll, sleep, spawn } from 'coppice';

class Post {
  constructor(id) {
    this.id = id;
  }
  // A getter that loads lazily: it blocks, and nobody has to know.
  get author() {
    sleep(20);
    return { name: `author ${this.id % 7}` };
  }
}

const started = Date.now();
const threads = Array.from({ length: 10_000 }, (_, id) =>
  spawn(() => [new Post(id), new Post(id + 1)].map((post) => post.author.name)),
);
joinAll(threads);
console.log(`${threads.length} fibers, 2 lazy loads of 20 ms each: ${Date.now() - started} ms.`);
console.log('The last one:', threads.at(-1).value);
