/**
 * Makes this heap a hub, unless the Worker entry has made it a worker green thread's already.
 */
import { callContext } from './core/call.ts';
import { heap } from './core/heap.ts';
import { serveFibers } from './fiber/fiber-runner.ts';
import { mainWay } from './main/main-way.ts';
import { serveWorkerThreads } from './worker/worker-runner.ts';
import './worker/remote-core.ts';

if (!heap.way) {
  heap.way = mainWay();
  heap.currentThread = () => callContext()?.thread;
  serveWorkerThreads();
  serveFibers();
}
