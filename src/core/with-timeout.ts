/**
 * Running a piece of code under a time limit: in blocking style, and for coroutines.
 *
 * Invariants: a limit that fires is told apart from every other by `owns`; an inner one that fires leaves the outer
 * running; an outer one passes through the handlers of the inner. A coroutine's limit reaches every async face that it
 * waits in, because the scope travels with the async context.
 */
import { types } from 'node:util';
import { AmbientScope, ambientWait, anyOf } from './ambient.ts';
import { clock } from './clock.ts';
import { checkFunction, invalidArgument } from './errors.ts';
import { Timeout, TimeoutScope } from './timeout.ts';
import { setTwin, TWIN, type Twin } from './twin.ts';

export interface TimeoutOptions {
  /** Thrown instead of the `Timeout`. */
  error?: unknown;
  /** Return `undefined` when this limit fires, and throw nothing. */
  silent?: boolean;
}

/**
 * Runs `work` for at most `ms` milliseconds: a wait in it that takes longer is ended.
 *
 * Follows gevent's `with_timeout`.
 *
 * @param ms milliseconds, 0 or more.
 * @param work gets the running `Timeout`.
 * @returns what `work` returns; `undefined` when the limit fires and is `silent`.
 * @throws {Timeout} when the limit fires in a wait; or `options.error`.
 * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT` when `work` returns a promise: that is for `withTimeoutAsync`.
 * @example
 * const page = withTimeout(1_000, () => fetchSync(url).text());
 */
export function withTimeout<R>(
  ms: number,
  work: (timeout: Timeout) => R,
  options: TimeoutOptions = {},
): R | undefined {
  checkFunction(work, 'withTimeout()', EXAMPLE);
  using timeout = new Timeout(ms, options);
  try {
    return checkBlocking(work(timeout));
  } catch (error) {
    return swallow(timeout, error);
  }
}

setTwin(
  withTimeout,
  function* (ms: number, work: (timeout: Timeout) => unknown, options: TimeoutOptions = {}) {
    checkFunction(work, 'withTimeout()', EXAMPLE);
    using timeout = new Timeout(ms, options);
    try {
      const twin = (work as { [TWIN]?: Twin })[TWIN];
      return checkBlocking(twin ? yield* twin.call(undefined, timeout) : work(timeout));
    } catch (error) {
      return swallow(timeout, error);
    }
  },
);

const EXAMPLE = 'withTimeout(1_000, () => fetchSync(url).text())';

/** A promise comes back at once, so the limit would be over before what it limits has begun. */
function checkBlocking<R>(result: R): R {
  if (!types.isPromise(result)) return result;
  result.catch(() => {});
  throw invalidArgument(
    'The function given to withTimeout() returned a promise, which it cannot limit. Await withTimeoutAsync() instead.',
  );
}

function swallow(timeout: Timeout, error: unknown): undefined {
  if (timeout.silent && timeout.owns(error)) return undefined;
  throw error;
}

/**
 * Runs a coroutine for at most `ms` milliseconds. Every async face of coppice that it waits in is withdrawn when the
 * limit fires; other work can listen to `signal`. It is thrown once: what a `finally` in there waits for goes through,
 * beside what the caller goes on with.
 *
 * Follows asyncio's `timeout`.
 *
 * @returns what `work` resolves with; `undefined` when the limit fires and is `silent`.
 * @throws {Timeout} (as a rejection) when the limit fires; or `options.error`.
 * @example
 * const line = await withTimeoutAsync(5_000, () => readLineAsync());
 */
export async function withTimeoutAsync<R>(
  ms: number,
  work: (context: {
    readonly timeout: Timeout;
    readonly signal: AbortSignal;
  }) => R | PromiseLike<R>,
  options: TimeoutOptions = {},
): Promise<R | undefined> {
  checkFunction(work, 'withTimeoutAsync()', 'withTimeoutAsync(1_000, () => readLineAsync())');
  // In a scope of its own: a coroutine does not wait in the plain waits that the heap's scope is asked for.
  const timeout = new Timeout(ms, { ...options, scope: new TimeoutScope() });
  const outer = ambientWait();
  const scope = new AmbientScope();
  const signal = anyOf([scope.signal, ...outer.signals]) as AbortSignal;
  const expired = new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const timer = clock().setTimer(() => scope.abort(timeout.thrown), ms);
  try {
    // The race ends work that does not listen, too; what it does later is no one's.
    return await Promise.race([scope.run(async () => work({ timeout, signal })), expired]);
  } catch (error) {
    outer.ended(error);
    return swallow(timeout, error);
  } finally {
    timer.cancel();
  }
}
