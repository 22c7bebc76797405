/**
 * What of the library only a hub needs: built as a script of its own (tsup.config.ts), which
 * load.ts runs when something of it is first used. A Worker runs it only for fibers.
 *
 * Invariant: the rest of the library uses nothing of it while it is being loaded, so none of its classes extends one of
 * these.
 */
import './library.ts';

export * from './core/resolve-definition.ts';
export * from './core/returned.ts';
export * from './core/wait-queue.ts';
export * from './fiber/async-limits.ts';
export * from './fiber/fiber-runner.ts';
export * from './fiber/fiber-timeouts.ts';
export * from './fiber/fiber.ts';
export * from './fiber/pending-wait.ts';
export * from './fiber/pins.ts';
export * from './fiber/place.ts';
export * from './fiber/runtime/loose.ts';
export * from './fiber/runtime/source-text.ts';
export * from './fiber/scheduler.ts';
export * from './fiber/slow.ts';
export * from './hub/deadlock.ts';
export * from './hub/fibers-seen.ts';
export * from './hub/local-core.ts';
export * from './hub/observe.ts';
export * from './hub/output.ts';
export * from './hub/own-coroutines.ts';
export * from './hub/registry.ts';
export * from './hub/stall-warning.ts';
export * from './hub/unobserved.ts';
export * from './hub/wait-graph.ts';
export * from './hub/worker-deaths.ts';
export * from './hub/worker-fiber.ts';
export * from './io/line-buffer.ts';
export * from './io/line-reader.ts';
export * from './io/pipe-input.ts';
export * from './io/tcp-server-core.ts';
export * from './io/tcp-socket-core.ts';
export * from './io/terminal-input.ts';
export * from './main/main-timeouts.ts';
export * from './main/main-way.ts';
export * from './main/read-stdin.ts';
export * from './sync/async-result-core.ts';
export * from './sync/barrier-core.ts';
export * from './sync/channel-core.ts';
export * from './sync/condition-core.ts';
export * from './sync/event-core.ts';
export * from './sync/group-core.ts';
export * from './sync/loan.ts';
export * from './sync/lock-core.ts';
export * from './sync/queue-core.ts';
export * from './sync/rw-lock-core.ts';
export * from './sync/semaphore-core.ts';
export * from './sync/storage.ts';
export * from './worker/carrier.ts';
export * from './worker/deliveries.ts';
export * from './worker/lookout.ts';
export * from './worker/origin.ts';
export * from './worker/pool.ts';
export * from './worker/worker-runner.ts';
export * from './worker/worker-waits.ts';
