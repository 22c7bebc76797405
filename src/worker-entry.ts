/**
 * What runs first inside a Worker. It installs the way of waiting, the output and the handles, and then takes jobs.
 */
import { workerData } from 'node:worker_threads';
import { encodeError } from './core/error-codec.ts';
import { heap } from './core/heap.ts';
import { serveFibers } from './fiber/fiber-runner.ts';
import './sync/all.ts';
import { JobRunner } from './worker/job.ts';
import { Parker } from './worker/parker.ts';
import { ToHub, type Boot } from './worker/protocol.ts';
import { serveRemoteObjects } from './worker/remote-core.ts';
import { noteSignalDeadlines } from './worker/signal-deadline.ts';
import { redirectOutput } from './worker/stdio.ts';
import { post } from './worker/wire.ts';
import { workerWay } from './worker/worker-way.ts';

const boot = (workerData as { coppice: Boot }).coppice;
const parker: Parker = new Parker(boot, (job) => runner.run(job));
const runner = new JobRunner(boot, parker);

heap.way = workerWay(parker, () => runner.threadId);
heap.currentThread = () => runner.thread;
serveFibers();
redirectOutput(boot, parker);
noteSignalDeadlines();
serveRemoteObjects((reference, receipts) => post(boot.port, [ToHub.DROPPED, reference, receipts]));

// An error that nothing catches ends this Worker. Node would report it with its properties lost.
process.on('uncaughtExceptionMonitor', (error) =>
  post(boot.port, [ToHub.CRASHED, encodeError(error)]),
);
