/**
 * The public names. This file only re-exports, and installs the plain way of waiting where no other is.
 */
import './setup.ts';

export { callContext, type CallContext } from './core/call.ts';
export { systemClock, useClock, VirtualClock, type Clock, type Timer } from './core/clock.ts';
export { transfer } from './core/clone.ts';
export {
  defineBlocking,
  type BlockingFunction,
  type DefinitionOptions,
  type Result,
} from './core/definition.ts';
export {
  CoppiceError,
  DeadlockError,
  ExitError,
  GreenThreadExit,
  type CoppiceErrorCode,
} from './core/errors.ts';
export type { WaitOptions } from './core/heap.ts';
export type { Link, Waitable } from './core/links.ts';
export { Timeout } from './core/timeout.ts';
export { withTimeout, withTimeoutAsync, type TimeoutOptions } from './core/with-timeout.ts';
export { Wait, type Cancel, type Waker } from './core/wait.ts';
export { GreenThread, type ThreadLink } from './hub/green-thread.ts';
export { Local } from './hub/local.ts';
export { receive, receiveAsync } from './hub/receive.ts';
export { current, spawn, spawnLater, wrap, type Wrapped } from './hub/spawn.ts';
export type { Target, ThreadOptions } from './hub/target.ts';
export {
  joinAll,
  joinAllAsync,
  killAll,
  killAllAsync,
  type JoinAllOptions,
} from './hub/thread-calls.ts';
export type { KillOptions, ThreadKind, ThreadState } from './hub/thread-core.ts';
export { blocking, type Blocking } from './io/blocking.ts';
export { fetchSync, type FetchSyncInit } from './io/fetch-sync.ts';
export { readLine, readLineAsync, type ReadLineOptions } from './io/read-line.ts';
export { ResponseSync } from './io/response-sync.ts';
export { sleep, sleepAsync } from './io/sleep.ts';
export {
  configure,
  poolStatistics,
  prewarm,
  type PoolSettings,
  type PoolStatistics,
} from './worker/pool.ts';
export { ThreadPool, toThread, type ThreadPoolOptions } from './worker/thread-pool.ts';
