/**
 * `joinAll`: `wait` for all, with the errors of what was waited for.
 *
 * Green threads alone are joined by the hub's own call, which knows who could end the wait, for reports of deadlock.
 */
import { CoppiceError } from '../core/errors.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
import { setTwin } from '../core/twin.ts';
import { isThread, joinThreads, type JoinAllOptions } from '../hub/thread-calls.ts';
import { runAsync, runBlocking, runSuspended, type Logic } from './composed.ts';
import { Group } from './group.ts';
import { isRejected, rejectionOf } from './promise-links.ts';
import { Completed, isList, wait, type CanWait } from './wait.ts';

function* joined<T extends CanWait>(
  given: Iterable<T>,
  options?: JoinAllOptions,
): Logic<readonly CanWait[]> {
  const objects = given instanceof Group || isList(given) ? [...given] : given;
  // It says what is wrong with what is no list, too.
  if (!Array.isArray(objects) || objects.every(isThread))
    return yield [joinThreads, objects, options];
  const { throwOnError = false, ...limits } = options ?? {};
  if (!throwOnError) return yield [wait, objects, limits];
  const { count = Infinity } = limits;
  const completed = new Completed<CanWait>(objects, limits as WaitOptions);
  const ended: CanWait[] = [];
  while (ended.length < count) {
    const { done, value } = yield* completed.step();
    if (done) break;
    throwErrorOf(value);
    ended.push(value);
  }
  return ended;
}

/** Throws what it ended with, if that is an error. An aborted signal is none: that is how a signal becomes ready. */
function throwErrorOf(object: CanWait): void {
  if (object instanceof AbortSignal) return;
  if ('rawLink' in object) {
    const { successful } = object as { successful?: boolean };
    // Of the primitives only an `AsyncResult` can fail.
    if (successful === false) throw (object as { error?: unknown }).error;
    return;
  }
  const promise = object as PromiseLike<unknown>;
  const rejection = rejectionOf(promise);
  if (rejection) throw rejection.reason;
  if (isRejected(promise)) throw onlyAwaited();
}

/** Plain code was told that the promise is settled, but for more its loop would have to turn. */
function onlyAwaited(): CoppiceError {
  return new CoppiceError(
    heap.way.kind === 'worker' ? 'ERR_COPPICE_WOULD_BLOCK_WORKER' : 'ERR_COPPICE_WOULD_BLOCK_MAIN',
    'A promise that joinAll() was given is rejected, and with what cannot be told in plain code. Await joinAllAsync() instead.',
  );
}

interface JoinAll {
  <T extends CanWait>(objects: Iterable<T>, options?: JoinAllOptions): T[];
  async<T extends CanWait>(objects: Iterable<T>, options?: JoinAllOptions): Promise<T[]>;
}

/**
 * Waits until all are done: green threads ended, promises settled, and whatever else `wait` takes.
 *
 * Follows gevent's `joinall`.
 *
 * @param options.throwOnError throw the first error of a thread, an `AsyncResult` or a promise. Default `false`.
 * @param options.count return as soon as so many are done. Default: all.
 * @param options.timeout milliseconds to wait at most. Then what is done until then is returned.
 * @returns those that are done, in the order in which they became so.
 * @example
 * const threads = urls.map((url) => spawn(new URL('./scrape.js', import.meta.url), url));
 * joinAll(threads, { timeout: 5_000 });
 */
export const joinAll: JoinAll = Object.assign(
  (objects: Iterable<CanWait>, options?: JoinAllOptions) => runBlocking(joined(objects, options)),
  {
    async: (objects: Iterable<CanWait>, options?: JoinAllOptions) =>
      runAsync(joined(objects, options)),
  },
) as never;

setTwin(joinAll, function* (objects: Iterable<CanWait>, options?: JoinAllOptions) {
  return yield* runSuspended(joined(objects, options)) as Generator<unknown, unknown>;
});

/** The explicit face of `joinAll`. */
export const joinAllAsync: typeof joinAll.async = joinAll.async;
