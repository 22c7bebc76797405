/**
 * The public names. This file only re-exports.
 */
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
export { reportSlowFibers } from './fiber/report-slow-fibers.ts';
export { seedScheduler } from './fiber/seed-scheduler.ts';
export { GreenThread, type ThreadLink } from './hub/green-thread.ts';
export { Local } from './hub/local.ts';
export { receive, receiveAsync } from './hub/receive.ts';
export { runInfo, runInfoAsync } from './hub/run-info.ts';
export { current, spawn, spawnLater, wrap, type Wrapped } from './hub/spawn.ts';
export type { Target, ThreadOptions } from './hub/target.ts';
export { killAll, killAllAsync, type JoinAllOptions } from './hub/thread-calls.ts';
export type { KillOptions, ThreadKind, ThreadState } from './hub/thread-core.ts';
export { blocking, type Blocking, type Limitable } from './io/blocking.ts';
export { connect, connectAsync, type ConnectOptions } from './io/connect.ts';
export { fetchSync, type FetchSyncInit } from './io/fetch-sync.ts';
export { listen, listenAsync, type ListenOptions } from './io/listen.ts';
export { readLine, readLineAsync, type ReadLineOptions } from './io/read-line.ts';
export { ResponseSync } from './io/response-sync.ts';
export { serve, serveAsync, type Handler } from './io/serve.ts';
export { sleep, sleepAsync } from './io/sleep.ts';
export { TcpServer } from './io/tcp-server.ts';
export { TcpSocket } from './io/tcp-socket.ts';
export { AsyncResult, type AsyncResultStatistics } from './sync/async-result.ts';
export { Barrier, type BarrierStatistics } from './sync/barrier.ts';
export { Channel, type ChannelStatistics } from './sync/channel.ts';
export { Condition, type ConditionStatistics } from './sync/condition.ts';
export { Event, type EventStatistics } from './sync/event.ts';
export { Group, Pool, type GroupStatistics, type LimitedGroup } from './sync/group.ts';
export type { ImapOptions } from './sync/imap.ts';
export { joinAll, joinAllAsync } from './sync/join-all.ts';
export { Lock, RLock, type LockStatistics } from './sync/lock.ts';
export {
  LifoQueue,
  PriorityQueue,
  Queue,
  type PriorityQueueOptions,
  type QueueOptions,
  type QueueStatistics,
} from './sync/queue.ts';
export { RWLock, type RWLockStatistics } from './sync/rw-lock.ts';
export {
  select,
  selectAsync,
  type SelectCase,
  type Selected,
  type SelectOptions,
} from './sync/select.ts';
export { BoundedSemaphore, Semaphore, type SemaphoreStatistics } from './sync/semaphore.ts';
export type { Compare } from './sync/storage.ts';
export {
  asCompleted,
  asCompletedAsync,
  wait,
  waitAsync,
  type CanWait,
  type CompletedOptions,
  type WaitForOptions,
} from './sync/wait.ts';
export type { PoolSettings, PoolStatistics } from './worker/pool.ts';
export { configure, poolStatistics, prewarm } from './worker/shared-pool.ts';
export { ThreadPool, toThread, type ThreadPoolOptions } from './worker/thread-pool.ts';
