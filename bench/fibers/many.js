/** So many fibers, three sleeps of a second each: prints seconds and megabytes. */
import { joinAllAsync, spawn } from '../../dist/index.js';
import { threeSleeps } from './mill.js';

const count = Number(process.argv[2]);
const begin = performance.now();
const threads = [];
for (let index = 0; index < count; index++) threads.push(spawn(threeSleeps));
await joinAllAsync(threads);
const seconds = (performance.now() - begin) / 1000;
console.log(JSON.stringify({ seconds, megabytes: process.resourceUsage().maxRSS / 1024 }));
