/**
 * Makes this heap a Worker of a hub: installs the way of waiting, the output and the handles, and then takes jobs.
 */
import { encodeError } from '../core/error-codec.ts';
import { heap } from '../core/heap.ts';
import { JobRunner } from './job.ts';
import { Parker } from './parker.ts';
import { ToHub, type Boot } from './protocol.ts';
import { serveRemoteObjects } from './remote-core.ts';
import { redirectOutput } from './stdio.ts';
import { post } from './wire.ts';
import { workerWay } from './worker-way.ts';

export function serveJobs(boot: Boot): void {
  const parker: Parker = new Parker(
    boot,
    (job) => runner.run(job),
    (error) => runner.deadEnd(error),
  );
  const runner = new JobRunner(boot, parker);
  heap.way = workerWay(parker, () => runner.threadId);
  heap.currentThread = () => runner.thread;
  redirectOutput(boot, parker);
  serveRemoteObjects((reference, receipts) =>
    post(boot.port, [ToHub.DROPPED, reference, receipts]),
  );
  // An error that nothing catches ends this Worker. Node would report it with its properties lost.
  process.on('uncaughtExceptionMonitor', (error) =>
    post(boot.port, [ToHub.CRASHED, encodeError(error)]),
  );
}
