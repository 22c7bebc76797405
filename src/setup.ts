/**
 * Makes this heap what it is: a Worker of a hub where one has started it, a hub everywhere else. Done when the library
 * has been loaded; once, also when there are two copies of the package in the heap.
 */
import { workerData } from 'node:worker_threads';
import { callContext } from './core/call.ts';
import { heap } from './core/heap.ts';
import { noteSignalDeadlines } from './core/signal-deadline.ts';
import { serveFibers } from './fiber/serve-fibers.ts';
import { mainWay } from './main/main-way.ts';
import type { Boot } from './worker/protocol.ts';
import { serveJobs } from './worker/serve-jobs.ts';
import { serveWorkerThreads } from './worker/worker-runner.ts';
import './worker/remote-core.ts';

export function setUp(): void {
  if (heap.way) return;
  const boot = (workerData as { coppice?: Boot } | null)?.coppice;
  if (boot) {
    serveJobs(boot);
  } else {
    heap.way = mainWay();
    heap.currentThread = () => callContext()?.thread;
    serveWorkerThreads();
  }
  noteSignalDeadlines();
  serveFibers();
}
