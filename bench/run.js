/**
 * The measures of the worker green threads, against their bars: `npm run bench`.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MessageChannel, Worker } from 'node:worker_threads';
import { createSyncFn } from 'synckit';
import { GreenThread, prewarm, wrap } from '../dist/index.js';
import { interleave, median, printTable, report } from './measure.js';

const here = (name) => new URL(name, import.meta.url);
const only = process.argv[2];
const wanted = (name) => only === undefined || only === name;
const jobs = wrap(here('./echo-call.js'));
const run = promisify(execFile);

const ask = async (worker, message) => {
  const answer = once(worker, 'message');
  worker.postMessage(message);
  return (await answer)[0];
};

/** A Worker that calls the main thread with the least that a call can be made of. */
function bareCaller() {
  const { port1, port2 } = new MessageChannel();
  const words = new Int32Array(new SharedArrayBuffer(4));
  port1.on('message', (value) => {
    port1.postMessage(value);
    Atomics.add(words, 0, 1);
    Atomics.notify(words, 0);
  });
  const worker = new Worker(here('./bare-caller.js'), {
    workerData: { port: port2, words },
    transferList: [port2],
  });
  return { worker, close: () => (port1.close(), worker.terminate()) };
}

async function echo() {
  const calls = 1000;
  const bare = bareCaller();
  const rival = new Worker(here('./synckit-caller.js'));
  const direct = createSyncFn(here('./synckit-echo.js'));
  const result = await interleave(15, {
    coppice: () => jobs.p50(calls),
    bare: async () => (await ask(bare.worker, { calls })).p50,
    synckit: async () => (await ask(rival, { calls })).p50,
    'synckit on the main thread': () => {
      const times = new Float64Array(calls);
      for (let index = 0; index < calls; index++) {
        const start = performance.now();
        direct(index);
        times[index] = performance.now() - start;
      }
      return times.toSorted()[calls >> 1] * 1000;
    },
  });
  await bare.close();
  for (const [name, value] of Object.entries(result))
    report(`echo call, p50: ${name}`, value, 'us');
  report('  coppice / synckit', result.coppice / result.synckit, '', { bar: 1 });
  report(
    '  coppice / synckit on the main thread',
    result.coppice / result['synckit on the main thread'],
    '',
  );
  report('  coppice / bare', result.coppice / result.bare, '', { bar: 1.15 });

  const callers = 8;
  const many = await interleave(7, {
    coppice: async () => {
      const words = new Int32Array(new SharedArrayBuffer(8));
      const threads = Array.from({ length: callers }, () => jobs.callUntil(words));
      while (Atomics.load(words, 0) < callers) await new Promise((go) => setTimeout(go, 1));
      const start = performance.now();
      Atomics.store(words, 1, 1);
      Atomics.notify(words, 1);
      await new Promise((go) => setTimeout(go, 400));
      const time = performance.now() - start;
      Atomics.store(words, 1, 2);
      const counts = await Promise.all(threads);
      return (counts.reduce((sum, count) => sum + count, 0) / time) * 1000;
    },
    synckit: async () => (await ask(rival, { calls: 4000 })).perSecond,
  });
  await rival.terminate();
  report('8 callers together: coppice', many.coppice, 'calls/s');
  report('1 caller: synckit', many.synckit, 'calls/s');
  report('  coppice / synckit', many.coppice / many.synckit, '', { bar: 2.5, atLeast: true });
}

async function start() {
  await jobs.nothing();
  const warm = [];
  for (let index = 0; index < 300; index++) {
    const begin = performance.now();
    await jobs.nothing();
    warm.push(performance.now() - begin);
    // The Worker says that it is idle a turn after the end.
    await new Promise((go) => setTimeout(go, 1));
  }
  report('start on a warm Worker to its end, p50', median(warm), 'ms', { bar: 0.3 });
  // A Worker that has ended its job is still on its way out: none is measured beside that.
  const alone = (measure) => async () => {
    const time = await measure();
    await new Promise((go) => setTimeout(go, 25));
    return time;
  };
  const ours = (module) => async () => {
    const begin = performance.now();
    const thread = new GreenThread(here(module), { exportName: 'nothing', isolate: true });
    thread.start();
    await thread;
    return performance.now() - begin;
  };
  const cold = await interleave(31, {
    coppice: alone(ours('./start-nothing.js')),
    'with import': alone(ours('./echo-call.js')),
    bare: alone(async () => {
      const begin = performance.now();
      const worker = new Worker(here('./bare-start.js'));
      await once(worker, 'message');
      const time = performance.now() - begin;
      await worker.terminate();
      return time;
    }),
  });
  report('start on a cold Worker, p50: a job that imports nothing', cold.coppice, 'ms');
  report('the same: a job that imports coppice', cold['with import'], 'ms');
  report('start of a bare Worker that imports nothing of its own, p50', cold.bare, 'ms');
  report('  coppice / bare', cold.coppice / cold.bare, '', { bar: 1.2 });
  report('  coppice / bare, the job imports coppice', cold['with import'] / cold.bare, '', {
    bar: 1.2,
  });
}

const parked = (kind, count) => async () =>
  Number((await run(process.execPath, [fileURLToPath(here('./memory.js')), kind, count])).stdout);

async function memory() {
  const each = await interleave(3, {
    coppice: parked('coppice', '60'),
    bare: parked('bare', '60'),
  });
  report('memory of a parked thread: coppice', each.coppice, 'MB');
  report('memory of a parked bare Worker', each.bare, 'MB');
  report('  coppice / bare', each.coppice / each.bare, '', { bar: 1.1 });
  const thousand = await parked('coppice', '1000')();
  report('1,000 parked at once, each', thousand, 'MB', { note: 'works' });
}

async function http() {
  const { fetchSync } = await import('../dist/index.js');
  if (!fetchSync) return;
  // The server stands in a Worker, so that the rival, which blocks this loop, can reach it.
  const server = new Worker(here('./server.js'));
  const [port] = await once(server, 'message');
  const url = `http://127.0.0.1:${port}`;
  const fetching = wrap(here('./fetch-call.js'));
  const rival = createSyncFn(here('./synckit-fetch.js'));
  const times = 100;
  const result = await interleave(9, {
    coppice: () => fetching.p50(`${url}/`, times),
    synckit: () => {
      const all = [];
      for (let index = 0; index < times; index++) {
        const begin = performance.now();
        rival(`${url}/`);
        all.push(performance.now() - begin);
      }
      return median(all);
    },
  });
  report('GET, p50: fetchSync', result.coppice, 'ms');
  report('GET, p50: synckit(fetch)', result.synckit, 'ms');
  report('  fetchSync / synckit(fetch)', result.coppice / result.synckit, '', { bar: 1.5 });
  const parallel = () => Promise.all(Array.from({ length: 50 }, () => fetching.get(`${url}/slow`)));
  prewarm(50);
  await parallel();
  const rounds = [];
  for (let round = 0; round < 5; round++) {
    await new Promise((go) => setTimeout(go, 100));
    const begin = performance.now();
    await parallel();
    rounds.push((performance.now() - begin) / 1000);
  }
  report('50 GETs at once, server takes 200 ms', median(rounds), 's', { bar: 1 });
  await server.terminate();
}

console.log(
  `Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model}, load ${loadavg()[0].toFixed(1)}\n`,
);
for (const [name, measure] of Object.entries({ echo, start, http, memory }))
  if (wanted(name)) await measure();
printTable();
process.exit();
