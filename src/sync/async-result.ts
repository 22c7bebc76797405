/**
 * `AsyncResult`: a value, or an error, that comes once.
 *
 * Invariants (gevent's): `get` on a failed one throws; whoever comes after the result gets it at once; setting it again
 * replaces it for those who come later.
 */
import { invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { LINK, linkOf, type Link, type LinkTarget, type Waitable } from '../core/links.ts';
import { waitAtMost } from '../core/wait-queue.ts';
import { Wait } from '../core/wait.ts';
import { CORE, limits, method, Primitive, registerKind, twin } from './primitive.ts';
import { linkFace, unlinkFace } from './face-links.ts';
import { AsyncResultCore } from './async-result-core.ts';

/** What can be linked to an `AsyncResult`: something that ends with a value or an error. */
interface Source {
  readonly successful: boolean;
  readonly value?: unknown;
  readonly error?: unknown;
}

/**
 * A value that is set once and waited for by many.
 *
 * Follows gevent's `AsyncResult`.
 *
 * @example
 * const result = new AsyncResult();
 * spawn(new URL('./job.js', import.meta.url)).link(result);
 * console.log(await result.getAsync());
 */
export class AsyncResult<T = unknown>
  extends Primitive<AsyncResultCore<T>>
  implements Waitable<AsyncResult<T>>
{
  constructor() {
    super('async-result', []);
  }

  /** Is there a value or an error? */
  get ready(): boolean {
    return this[CORE] ? this[CORE].outcome !== undefined : stateCall(this).ready;
  }

  /** Is there a value? */
  get successful(): boolean {
    return stateCall(this).successful;
  }

  /** The value, if there is one. */
  get value(): T | undefined {
    return stateCall(this).value as T | undefined;
  }

  /** The error, if there is one. */
  get error(): unknown {
    return stateCall(this).error;
  }

  /** Gives it its value and wakes all who wait. */
  set(value: T): void {
    setCall(this, value);
  }

  /** Gives it an error, which `get` will throw. */
  setError(error: unknown): void {
    if (this[CORE]) this[CORE].settle({ error });
    else setErrorCall(this, error);
  }

  /**
   * Waits for the value.
   *
   * @throws the error that was set; a `Timeout` when `options.timeout` milliseconds are over.
   */
  get(options?: WaitOptions): T {
    return getCall(this, options) as T;
  }

  /** The explicit face of `get`. */
  getAsync(options?: WaitOptions): Promise<T> {
    return getCall.async(this, options) as Promise<T>;
  }

  /**
   * Waits until it is ready, and does not throw its error.
   *
   * @param options.timeout milliseconds; when they are over `false` is returned.
   */
  wait(options?: WaitOptions): boolean {
    return waitCall(this, ...limits(options));
  }

  /** The explicit face of `wait`. */
  waitAsync(options?: WaitOptions): Promise<boolean> {
    return waitCall.async(this, ...limits(options));
  }

  /**
   * Calls `callback` with this when it is ready; another `AsyncResult` gets the same outcome then. What a callback
   * throws is an uncaught exception, and the others are called all the same.
   *
   * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`.
   */
  link(callback: Link<AsyncResult<T>> | LinkTarget<AsyncResult<T>>): void {
    const link = linkOf(callback);
    if (!link) throw invalidArgument('A link must be a function or an AsyncResult.');
    // In a Worker, whose own code may be parked, another one is linked where both live.
    if (this[CORE] || typeof callback === 'function') this.rawLink(link);
    else linkCall(this, callback);
  }

  /** Takes a callback back. */
  unlink(callback: Link<AsyncResult<T>> | LinkTarget<AsyncResult<T>>): void {
    const link = linkOf(callback);
    if (!link) return;
    if (this[CORE] || typeof callback === 'function') this.rawUnlink(link);
    else unlinkCall(this, callback);
  }

  rawLink(callback: Link<AsyncResult<T>>): void {
    linkFace(this, callback);
  }

  rawUnlink(callback: Link<AsyncResult<T>>): void {
    unlinkFace(this, callback);
  }

  /** What `link` calls when an AsyncResult is given as a link. */
  [LINK](source: Source): void {
    if (source.successful) this.set(source.value as T);
    else this.setError(source.error);
  }

  /** Who waits, at present. */
  statistics(): AsyncResultStatistics {
    return Object.freeze(statisticsCall(this));
  }
}

/** What `AsyncResult.statistics()` tells. */
export interface AsyncResultStatistics {
  readonly ready: boolean;
  readonly waiting: number;
}

registerKind('async-result', AsyncResult, () => new AsyncResultCore());

const at = (result: AsyncResult): AsyncResultCore<unknown> =>
  result[CORE] as AsyncResultCore<unknown>;
const stateCall = method('AsyncResult.state', (result: AsyncResult) => {
  const { outcome } = at(result);
  if (!outcome) return { ready: false, successful: false, value: undefined, error: undefined };
  return 'error' in outcome
    ? { ready: true, successful: false, value: undefined, error: outcome.error }
    : { ready: true, successful: true, value: outcome.value, error: undefined };
});
const linkCall = method('AsyncResult.link', (result: AsyncResult, other: LinkTarget<AsyncResult>) =>
  result.link(other),
);
const unlinkCall = method(
  'AsyncResult.unlink',
  (result: AsyncResult, other: LinkTarget<AsyncResult>) => result.unlink(other),
);
const setCall = method('AsyncResult.set', (result: AsyncResult, value: unknown) =>
  at(result).settle({ value }),
);
const setErrorCall = method('AsyncResult.setError', (result: AsyncResult, error: unknown) =>
  at(result).settle({ error }),
);
const getCall = method(
  'AsyncResult.get',
  (result: AsyncResult, _options?: WaitOptions): unknown => {
    const core = at(result);
    const wait = core.wait();
    if (wait === true) return core.result();
    return new Wait<unknown>(
      (waker) =>
        wait.begin({
          wake: () => {
            const { outcome } = core;
            return outcome && 'error' in outcome
              ? waker.fail(outcome.error)
              : waker.wake((outcome as { value: unknown }).value);
          },
          fail: (error) => waker.fail(error),
        }),
      wait.target,
    );
  },
  { optionsAt: 0 },
);
const waitCall = method(
  'AsyncResult.wait',
  (result: AsyncResult, timeout?: number, _options?: WaitOptions): boolean | Wait<boolean> => {
    const wait = at(result).wait();
    return wait === true ? true : waitAtMost(wait, timeout, false);
  },
  { optionsAt: 1, timed: true },
);
const statisticsCall = method(
  'AsyncResult.statistics',
  (result: AsyncResult): AsyncResultStatistics => ({
    ready: at(result).outcome !== undefined,
    waiting: at(result).waiters.size,
  }),
);
twin(AsyncResult.prototype.get, getCall);
twin(AsyncResult.prototype.wait, waitCall, limits);
