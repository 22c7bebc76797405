/**
 * The base of the primitives that are acquired and released: the block forms, written once.
 */
import type { WaitOptions } from '../core/heap.ts';
import { Holding, type Holdable } from './holding.ts';
import { Primitive } from './primitive.ts';

export abstract class Acquirable<C extends object> extends Primitive<C> implements Holdable {
  abstract acquire(options?: WaitOptions): boolean;
  abstract acquireAsync(options?: WaitOptions): Promise<boolean>;
  abstract release(): void;

  /**
   * Acquires; disposing the result releases. Disposing twice releases once.
   *
   * @throws {Timeout} when `options.timeout` milliseconds are over.
   */
  hold(options?: WaitOptions): Disposable {
    return Holding.blocking(this, options);
  }

  /** The explicit face of `hold`. */
  holdAsync(options?: WaitOptions): Promise<Disposable> {
    return Holding.async(this, options);
  }

  /**
   * Runs `work` while it is acquired; it is released whatever happens: once `work` has returned or thrown, or where it
   * is async, once its promise has settled.
   *
   * @throws {Timeout} when `options.timeout` milliseconds are over before it is acquired.
   */
  with<R>(work: () => R, options?: WaitOptions): R {
    return Holding.with(this, work, options);
  }

  /** The explicit face of `with`; `work` may be async. */
  withAsync<R>(work: () => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    return Holding.withAsync(this, work, options);
  }
}

Holding.twins(Acquirable.prototype);
