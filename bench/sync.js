/**
 * The measures of the primitives, against their bars: `node bench/sync.js` (after a build), or one part of them:
 * `uncontended`, `pairs` or `fibers`.
 *
 * `pairs`: where the kernel puts the two threads of a pair, on one core or on two, decides what a hand-over costs, and
 * it does as it pleases. So both rivals are measured on one core and on two, where threads can be pinned. `fibers`: with
 * a Python that has gevent (`PYTHON` may name it), its Queue is measured in the same run.
 */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { MessageChannel, Worker } from 'node:worker_threads';
import { Event, Lock, prewarm, Queue, Semaphore, wrap } from '../dist/index.js';
import { interleave, median, printTable, report } from './measure.js';
import { pinnableCores } from './pin.js';

const here = (name) => new URL(name, import.meta.url);
const only = process.argv[2];
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

async function bare(cores, data) {
  const workers = [0, 1].map((me) => {
    const { transferList, ...rest } = data(me);
    const workerData = { ...rest, me, turns: TURNS, core: cores[me] };
    return new Worker(here('./sync-bare.js'), { workerData, transferList });
  });
  const [[time]] = await Promise.all(workers.map((worker) => once(worker, 'message')));
  await Promise.all(workers.map((worker) => worker.terminate()));
  return time;
}

async function handOver(where, cores) {
  const bareWords = () => {
    const words = new Int32Array(new SharedArrayBuffer(8));
    return bare(cores, () => ({ words }));
  };
  const barePorts = () => {
    const { port1, port2 } = new MessageChannel();
    return bare(cores, (me) => {
      const port = me === 0 ? port1 : port2;
      return { port, transferList: [port] };
    });
  };
  const pair = (method, make) => async () => {
    const [a, b] = [make(), make()];
    const other = jobs[method](b, a, TURNS, false, cores[1]);
    const time = await jobs[method](a, b, TURNS, true, cores[0]);
    await other.killAsync();
    return time;
  };
  const each = await interleave(5, {
    coppice: pair('pingPong', () => new Semaphore(0)),
    bare: bareWords,
    queue: pair('queuePingPong', () => new Queue()),
    port: barePorts,
  });
  report(`Workers on ${where}: hand-over there and back`, each.coppice, 'us');
  report('  bare Atomics', each.bare, 'us');
  report('  coppice / bare', each.coppice / each.bare, '', { bar: 1.3 });
  report(`Workers on ${where}: Queue there and back`, each.queue, 'us');
  report('  MessagePort', each.port, 'us');
  report('  coppice / MessagePort', each.queue / each.port, '', { bar: 1 });
}

async function pairs() {
  const [first, second] = pinnableCores();
  if (first === undefined) await handOver('any core', []);
  else await handOver('one core', [first, first]);
  if (second !== undefined) await handOver('two cores', [first, second]);
}

/** What goes through queues: so many fibers that put, so many that get. */
const SHAPES = [
  { maxSize: null, putters: 1, getters: 1, what: '1 to 1, any size' },
  { maxSize: 16, putters: 1, getters: 1, what: '1 to 1, maxSize 16' },
  { maxSize: 1, putters: 1, getters: 1, what: '1 to 1, maxSize 1' },
  { maxSize: 16, putters: 4, getters: 4, what: '4 to 4, maxSize 16' },
];

async function gevent() {
  const candidates = process.env.PYTHON ? [process.env.PYTHON] : ['python3', '/usr/bin/python3'];
  for (const python of candidates) {
    try {
      await run(python, ['-c', 'import gevent']);
      return python;
    } catch {
      // The next one.
    }
  }
  return undefined;
}

async function fibers() {
  const shapes = JSON.stringify(SHAPES);
  const python = await gevent();
  const flags = ['--import', here('../dist/register.js').href];
  const program = fileURLToPath(here('../test/fixtures/sync/fiber-rates.mjs'));
  const own = [];
  const rival = [];
  for (let round = 0; round < 3; round++) {
    own.push(JSON.parse((await run(process.execPath, [...flags, program, shapes])).stdout));
    if (!python) continue;
    const { stdout } = await run(python, [fileURLToPath(here('./sync-gevent.py')), shapes]);
    rival.push(JSON.parse(stdout));
  }
  const least = { bar: 2, atLeast: true };
  report('fibers: hand-overs', median(own.map(({ handOvers }) => handOvers)), 'M/s', least);
  report('fibers: Lock, acquire and release', median(own.map(({ locks }) => locks)), 'M/s', least);
  for (const [index, { what }] of SHAPES.entries()) {
    const [ours, theirs] = [own, rival].map((rounds) =>
      rounds.length > 0 ? median(rounds.map(({ queues }) => queues[index])) : undefined,
    );
    report(`fibers: items through a Queue, ${what}`, ours, 'M/s', least);
    if (theirs === undefined) continue;
    report('  gevent', theirs, 'M/s');
    report('  coppice / gevent', ours / theirs, '', { bar: 5, atLeast: true });
  }
}

for (const part of [uncontended, pairs, fibers])
  if (only === undefined || only === part.name) await part();
printTable();
