/**
 * The measures of the primitives, against their bars: `node bench/sync.js` (after a build). With `PYTHON` naming a
 * Python that has gevent, its Queue is measured in the same run.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MessageChannel, Worker } from 'node:worker_threads';
import { Event, Lock, prewarm, Queue, Semaphore, wrap } from '../dist/index.js';
import { interleave, printTable, report } from './measure.js';

const here = (name) => new URL(name, import.meta.url);
const jobs = wrap(here('./sync-jobs.js'));
const run = promisify(execFile);
const TURNS = 5_000;

console.log(
  `Node ${process.version}, ${availableParallelism()} x ${cpus()[0]?.model}, load ${loadavg()[0]?.toFixed(1)}`,
);
prewarm(2);

async function uncontended() {
  const each = await interleave(5, {
    Lock: () => jobs.uncontendedLock(new Lock()),
    Semaphore: () => jobs.uncontendedLock(new Semaphore(1)),
    Event: () => jobs.uncontendedEvent(new Event()),
  });
  report('Worker: Lock, acquire and release', each.Lock, 'us', { bar: 0.5 });
  report('Worker: Semaphore, acquire and release', each.Semaphore, 'us', { bar: 0.5 });
  report('Worker: Event, set and wait', each.Event, 'us', { bar: 0.5 });
}

async function bare(data) {
  const workers = [0, 1].map((me) => new Worker(here('./sync-bare.js'), data(me)));
  const [[time]] = await Promise.all(workers.map((worker) => once(worker, 'message')));
  await Promise.all(workers.map((worker) => worker.terminate()));
  return time;
}

const bareWords = () => {
  const words = new Int32Array(new SharedArrayBuffer(8));
  return bare((me) => ({ workerData: { words, me, turns: TURNS } }));
};

const barePorts = () => {
  const { port1, port2 } = new MessageChannel();
  return bare((me) => {
    const port = me === 0 ? port1 : port2;
    return { workerData: { port, me, turns: TURNS }, transferList: [port] };
  });
};

async function handOver() {
  const pair = (method, make) => async () => {
    const [a, b] = [make(), make()];
    const other = jobs[method](b, a, TURNS, false);
    const time = await jobs[method](a, b, TURNS, true);
    await other.killAsync();
    return time;
  };
  const each = await interleave(5, {
    coppice: pair('pingPong', () => new Semaphore(0)),
    bare: bareWords,
    queue: pair('queuePingPong', () => new Queue()),
    port: barePorts,
  });
  report('Workers: hand-over there and back: coppice', each.coppice, 'us');
  report('Workers: bare Atomics there and back', each.bare, 'us');
  report('  coppice / bare', each.coppice / each.bare, '', { bar: 1.3 });
  report('Workers: Queue there and back: coppice', each.queue, 'us');
  report('Workers: MessagePort there and back', each.port, 'us');
  report('  coppice / MessagePort', each.queue / each.port, '', { bar: 1 });
}

async function fibers() {
  const { stdout } = await run(process.execPath, [
    '--import',
    here('../dist/register.js').href,
    fileURLToPath(here('../test/fixtures/sync/fiber-rates.mjs')),
  ]);
  const own = JSON.parse(stdout);
  report('fibers: hand-overs', own.handOvers, 'M/s', { bar: 2, atLeast: true });
  report('fibers: items through a Queue', own.queue, 'M/s', { bar: 2, atLeast: true });
  report('fibers: items through a bounded Queue', own.boundedQueue, 'M/s', {
    bar: 2,
    atLeast: true,
  });
  report('fibers: Lock, acquire and release', own.locks, 'M/s', { bar: 2, atLeast: true });
  const python = process.env.PYTHON;
  if (!python) return;
  const rival = JSON.parse((await run(python, [fileURLToPath(here('./sync-gevent.py'))])).stdout);
  report('gevent: items through a Queue', rival.queue, 'M/s');
  report('  coppice / gevent', own.queue / rival.queue, '', { bar: 5, atLeast: true });
  report('gevent: items through a bounded Queue', rival.boundedQueue, 'M/s');
  report('  coppice / gevent', own.boundedQueue / rival.boundedQueue, '', {
    bar: 5,
    atLeast: true,
  });
}

await uncontended();
await handOver();
await fibers();
printTable();
