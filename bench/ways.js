/**
 * The measures of the other ways of waiting, against their bars: `npm run bench:ways`.
 *
 * The main thread's fallback against raw synckit, which it is made of, and against the packages that people use there;
 * `toThread` against the pools that people use for that. A name as an argument runs one part only: calls, http, dispatch.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { createSyncFn } from 'synckit';
import { Tinypool } from 'tinypool';
import { blocking, configure, fetchSync, toThread } from '../dist/index.js';
import { interleave, median, printTable, report } from './measure.js';

const here = (name) => new URL(name, import.meta.url);
const require = createRequire(import.meta.url);
const only = process.argv[2];
const wanted = (name) => only === undefined || only === name;
const api = blocking(here('./ways-calls.js'));

/** How often each pool runs its task before it is measured. */
const WARM_UP = 5000;

/** The median of `count` calls, in microseconds. */
const p50 = (count, call) => () => {
  const times = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    call(index);
    times.push(performance.now() - start);
  }
  return median(times) * 1000;
};

/**
 * On one core, where that can be asked for: two threads that wait for each other by turns are up to five times as fast
 * when the kernel happens to put them on the same core, for either rival, and that is no measure of what we add.
 */
async function calls() {
  if (availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0) {
    spawnSync('taskset', ['-c', '0', process.execPath, fileURLToPath(import.meta.url), 'calls'], {
      stdio: 'inherit',
    });
    return;
  }
  const raw = createSyncFn(here('./synckit-echo.js'));
  const big = Array.from({ length: 10_000 }, (_, id) => ({ id, name: `row ${id}` }));
  for (const { what, count, value } of [
    { what: 'a number', count: 1000, value: 7 },
    { what: '10,000 rows', count: 10, value: big },
  ]) {
    const result = await interleave(15, {
      coppice: p50(count, () => api.echo(value)),
      synckit: p50(count, () => raw(value)),
    });
    report(`main thread, echo ${what}: coppice`, result.coppice, 'us');
    report(`main thread, echo ${what}: raw synckit`, result.synckit, 'us');
    report('  coppice / synckit', result.coppice / result.synckit, '', { bar: 1.1 });
  }
}

async function http() {
  // In a Worker, so that it answers while this thread is blocked.
  const server = new Worker(here('./server.js'));
  const [port] = await once(server, 'message');
  const url = `http://127.0.0.1:${port}/`;
  const raw = createSyncFn(here('./synckit-fetch.js'));
  const { default: syncRequest } = require('sync-request');
  const syncFetch = require('sync-fetch');
  const result = await interleave(9, {
    fetchSync: p50(20, () => fetchSync(url).text()),
    blocking: p50(20, () => api.get(url)),
    synckit: p50(20, () => raw(url)),
    'sync-request': p50(1, () => syncRequest('GET', url).getBody('utf8')),
    'sync-fetch': p50(1, () => syncFetch(url).text()),
  });
  await server.terminate();
  for (const [name, value] of Object.entries(result))
    report(`main thread, one GET: ${name}`, value / 1000, 'ms');
  report('  blocking() / synckit(fetch)', result.blocking / result.synckit, '', { bar: 1.1 });
  report('  sync-request / fetchSync', result['sync-request'] / result.fetchSync, '');
  report('  sync-fetch / fetchSync', result['sync-fetch'] / result.fetchSync, '');
}

async function dispatch() {
  const task = here('./pool-task.js');
  const filename = fileURLToPath(task);
  const threads = availableParallelism();
  configure({ maxWorkers: threads });
  const piscina = new Piscina({ filename, minThreads: threads, maxThreads: threads });
  const tinypool = new Tinypool({ filename, minThreads: threads, maxThreads: threads });
  const pools = {
    toThread: (value) => toThread(task, value),
    piscina: (value) => piscina.run(value),
    tinypool: (value) => tinypool.run(value),
  };
  // A pool lives long: what counts is how fast it is once all rivals' code has been compiled.
  for (const run of Object.values(pools))
    for (let count = 0; count < WARM_UP; count++) await run(count);
  const measured = (measure) =>
    interleave(
      15,
      Object.fromEntries(Object.entries(pools).map(([name, run]) => [name, () => measure(run)])),
    );

  const one = await measured(async (run) => {
    const times = [];
    for (let index = 0; index < 300; index++) {
      const start = performance.now();
      await run(index);
      times.push(performance.now() - start);
    }
    return median(times) * 1000;
  });
  show('one after the other, p50', 'us', one);

  const burst = 500;
  const many = await measured(async (run) => {
    const start = performance.now();
    await Promise.all(Array.from({ length: burst }, (_, index) => run(index)));
    return ((performance.now() - start) * 1000) / burst;
  });
  show(`${burst} at once over ${threads} threads, each`, 'us', many);
  await Promise.all([piscina.destroy(), tinypool.destroy()]);
}

function show(what, unit, result) {
  for (const [name, value] of Object.entries(result)) report(`${what}: ${name}`, value, unit);
  for (const rival of ['piscina', 'tinypool'])
    report(`  toThread / ${rival}`, result.toThread / result[rival], '', { bar: 1 });
}

console.log(
  `Node ${process.version}, ${availableParallelism()} cores, load ${loadavg()[0].toFixed(1)}.`,
);
if (wanted('calls')) await calls();
if (wanted('http')) await http();
if (wanted('dispatch')) await dispatch();
printTable();
