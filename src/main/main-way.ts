/**
 * How plain code outside any green thread waits: for real, and everything else on this loop with it. The honest
 * fallback.
 *
 * What the platform can do without a loop is done directly. What needs one is performed by synckit in a worker of its
 * own (sync-worker.ts), with the same definitions. What only this hub could ever complete is refused at once: waiting
 * for it here would be waiting for ever.
 */
import { createRequire } from 'node:module';
import { performHere } from '../core/call.ts';
import { transferListOf, notCloneable } from '../core/clone.ts';
import type { Definition } from '../core/definition.ts';
import { decodeError, framesHere } from '../core/error-codec.ts';
import { CoppiceError } from '../core/errors.ts';
import type { Way, WaitOptions } from '../core/heap.ts';
import { steadyTime } from '../core/steady-time.ts';
import { timeoutError, TimeoutScope, type Timeout } from '../core/timeout.ts';
import { warnOfStall } from './stall-warning.ts';
import type { SyncRequest, SyncReply } from './sync-worker.ts';

type SyncCall = (...request: SyncRequest) => SyncReply;

const word = new Int32Array(new SharedArrayBuffer(4));
let performInWorker: SyncCall | undefined;
/** In synckit's worker: the modules that are being loaded there for the sake of a call. */
export const loading = new Set<string>();
/** The names of definitions that the worker has performed, and so knows. */
const loaded = new Set<string>();

export function mainWay(): Way {
  const timeouts = new TimeoutScope();
  return {
    kind: 'main',
    timeouts,
    perform: (definition, args, options) => perform(definition, args, options, timeouts),
    performAsync: (definition, args, options) => performHere(definition, args, options),
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
  options: WaitOptions,
  timeouts: TimeoutScope,
): unknown {
  const { name, module } = definition;
  if (definition.hubOnly) {
    throw new CoppiceError(
      'ERR_COPPICE_WOULD_BLOCK_MAIN',
      `${name}() would block the main thread for ever: only its loop could complete it. ` +
        `Await ${definition.asyncName ?? 'its .async face'} instead, or call it in a green thread.`,
    );
  }
  if (module !== undefined && loading.has(module)) throw recursiveLoad(name, module);
  options.signal?.throwIfAborted();
  warnOfStall(name);
  const running = timeouts.next;
  const limit = earliest(options.timeout, running);
  performInWorker ??= startSyncWorker();
  const reply = sent([name, loaded.has(name) ? undefined : module, args, limit], performInWorker);
  if (reply.length === 1) {
    loaded.add(name);
    return reply[0];
  }
  const [, error, timedOut] = reply;
  if (timedOut) throw outOfTime(options.timeout, limit, running);
  throw decodeError(error, framesHere('called on the main thread', definition.face));
}

/** The next worker would load the module as well, come to the same call, and so on for ever. */
function recursiveLoad(name: string, module: string): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_LOAD',
    `${name}() was called by ${module} while that was being loaded to perform ${name}() for the main thread. ` +
      'Define it in a module of its own, which makes no blocking call while it is loaded.',
  );
}

function startSyncWorker(): SyncCall {
  // Loaded when it is first needed: each Worker imports this package, and hardly any ever waits in this way.
  const { createSyncFn } = createRequire(import.meta.url)('synckit') as typeof import('synckit');
  return createSyncFn<(...request: SyncRequest) => Promise<SyncReply>>(
    new URL('./sync-worker.js', import.meta.url),
  );
}

function sent(request: SyncRequest, send: SyncCall): SyncReply {
  const [name, , args] = request;
  transferListOf(args);
  try {
    return send(...request);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'DataCloneError')) throw error;
    throw notCloneable(args, `The arguments of ${name}()`, error);
  }
}

/** Nothing can ring here, so it simply waits until the first deadline. */
function park(ms: number, { timeout, signal }: WaitOptions, timeouts: TimeoutScope): void {
  signal?.throwIfAborted();
  const running = timeouts.next;
  const limit = earliest(timeout, running) ?? Infinity;
  Atomics.wait(word, 0, 0, Math.min(ms, limit));
  if (limit < ms) throw outOfTime(timeout, limit, running);
}

/** Milliseconds until the call's own limit or the running timeout, whichever is first. */
function earliest(timeout: number | undefined, running: Timeout | undefined): number | undefined {
  const left = running && Math.max(0, running.deadline - steadyTime());
  if (timeout === undefined || left === undefined) return timeout ?? left;
  return Math.min(timeout, left);
}

function outOfTime(
  own: number | undefined,
  limit: number | undefined,
  running: Timeout | undefined,
): unknown {
  if (own !== undefined && own === limit) return timeoutError(own);
  running?.close();
  return running?.thrown;
}
