/**
 * How plain code outside any green thread waits: for real, and everything else on this loop with it. The honest
 * fallback.
 *
 * What the platform can do without a loop is done directly. What needs one is performed by synckit in a worker of its
 * own (sync-worker.ts), with the same definitions. What only this hub could ever complete is refused at once: waiting
 * for it here would be waiting for ever.
 */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { anyOf } from '../core/ambient.ts';
import { performHere } from '../core/call.ts';
import { transferListOf, notCloneable } from '../core/clone.ts';
import type { Definition } from '../core/definition.ts';
import { decodeError, framesHere } from '../core/error-codec.ts';
import { CoppiceError } from '../core/errors.ts';
import type { CallOptions, Way } from '../core/heap.ts';
import { signalDeadline, signalTimeoutError } from '../core/signal-deadline.ts';
import { steadyTime } from '../core/steady-time.ts';
import { timeoutError, TimeoutScope } from '../core/timeout.ts';
import { loading } from './loading.ts';
import { MainTimeouts } from './main-timeouts.ts';
import { watchForDeadlock } from '../hub/deadlock.ts';
import { warnOfStall } from '../hub/stall-warning.ts';
import type { SyncRequest, SyncReply } from './sync-worker.ts';

type SyncCall = (...request: SyncRequest) => SyncReply;

const word = new Int32Array(new SharedArrayBuffer(4));
let performInWorker: SyncCall | undefined;
/** The names of definitions that the worker has performed, and so knows. */
const known = new Set<string>();

export function mainWay(): Way {
  const timeouts = new MainTimeouts();
  return {
    kind: 'main',
    timeouts,
    perform: (definition, args, options) => perform(definition, args, options, timeouts),
    performAsync: (definition, args, options) => {
      watchForDeadlock();
      let controller: AbortController | undefined;
      const leave = timeouts.join((error) => controller?.abort(error));
      if (!leave) return performHere(definition, args, options);
      controller = new AbortController();
      const signal = anyOf([controller.signal, options.signal]);
      return performHere(definition, args, { ...options, signal }).finally(leave);
    },
    accompany: (interrupt) => timeouts.join((error) => interrupt(error, () => {})) ?? (() => {}),
    park: (ms, options) => {
      if (ms > 0) warnOfStall('sleep');
      park(ms, options, timeouts);
      return true;
    },
  };
}

function perform(
  definition: Definition,
  args: unknown[],
  options: CallOptions,
  timeouts: TimeoutScope,
): unknown {
  const { name, isMethod, asyncName = isMethod ? `${name}Async()` : undefined } = definition;
  const module = definition.loads?.(args) ?? definition.module;
  if (definition.hubOnly) {
    throw new CoppiceError(
      'ERR_COPPICE_WOULD_BLOCK_MAIN',
      `${asyncName?.replace('Async()', '') ?? name}() would block the main thread, and only that thread's own loop could complete it. ` +
        `Await ${asyncName ?? 'its .async face'} instead, or call it in a green thread.`,
    );
  }
  if (module !== undefined && loading.has(module))
    throw recursiveLoad(definition.loads ? 'A function' : `${name}()`, module);
  options.signal?.throwIfAborted();
  warnOfStall(name);
  const limit = limitOf(options, timeouts);
  const reply = sent([name, known.has(name) ? undefined : module, args, limit?.ms]);
  if (reply.length === 1) {
    if (!definition.loads) known.add(name);
    return reply[0];
  }
  const [, error, timedOut] = reply;
  if (timedOut && limit) throw limit.error();
  throw decodeError(error, framesHere('called on the main thread', definition.face));
}

/** The next worker would load the module as well, come to the same call, and so on for ever. */
function recursiveLoad(what: string, module: string): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_LOAD',
    `${what} was called while ${module} was being loaded to perform it for the main thread, which would begin all over again. ` +
      'Define it in a module of its own, which neither makes blocking calls while it is loaded nor imports one that does.',
  );
}

function startSyncWorker(): SyncCall {
  // Loaded when it is first needed: each Worker imports this package, and hardly any ever waits in this way.
  const { startWorkerThread } = createRequire(import.meta.url)(
    'synckit',
  ) as typeof import('synckit');
  // Not createSyncFn, which would give the same worker again after that has died.
  return startWorkerThread<(...request: SyncRequest) => Promise<SyncReply>>(
    fileURLToPath(new URL('./sync-worker.js', import.meta.url)),
  ) as SyncCall;
}

function sent(request: SyncRequest): SyncReply {
  const [name, , args] = request;
  transferListOf(args);
  performInWorker ??= startSyncWorker();
  try {
    return performInWorker(...request);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'DataCloneError')
      throw notCloneable(args, `The arguments of ${name}()`, error);
    // What a call throws comes as its reply, so this is the end of the worker.
    performInWorker = undefined;
    known.clear();
    throw workerEnded(name, error);
  }
}

function workerEnded(name: string, cause: unknown): CoppiceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CoppiceError(
    'ERR_COPPICE_NO_WORKER',
    `The worker that performs ${name}() for the main thread has ended: ${reason}. ` +
      'A module that was called there threw outside of any call, or exited: let it handle its errors. The next call starts another worker.',
    { cause },
  );
}

/** Nothing can ring here, so it simply waits until the first deadline. */
function park(ms: number, options: CallOptions, timeouts: TimeoutScope): void {
  options.signal?.throwIfAborted();
  const limit = limitOf(options, timeouts);
  const left = limit?.ms ?? Infinity;
  Atomics.wait(word, 0, 0, Math.min(ms, left));
  if (limit && (left < ms || limit.overdue)) throw limit.error();
}

/** What ends a call first. */
interface Limit {
  /** Milliseconds from now. */
  readonly ms: number;
  /** Was it due before the call began? */
  readonly overdue: boolean;
  error(): unknown;
}

/** The call's own limit, its signal's, if that is one of `AbortSignal.timeout()`, or the running timeout's. */
function limitOf(
  { timeout, signal, whole }: CallOptions,
  timeouts: TimeoutScope,
): Limit | undefined {
  const now = steadyTime();
  let first: Limit | undefined;
  const add = (at: number | undefined, error: () => unknown): void => {
    if (at === undefined) return;
    const ms = Math.max(0, at - now);
    if (!first || ms < first.ms) first = { ms, overdue: at < now, error };
  };
  if (timeout !== undefined) add(now + timeout, () => timeoutError(whole ?? timeout));
  const running = timeouts.next;
  if (running) {
    add(running.deadline, () => {
      running.close();
      return running.thrown;
    });
  }
  add(signal && signalDeadline(signal), signalTimeoutError);
  return first;
}
