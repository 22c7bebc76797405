/**
 * `RWLock`: many readers or one writer.
 *
 * Invariants: strictly first come, first served, so neither readers nor writers starve; readers who stand together at
 * the head of the queue are let in together. It has owners: only who holds it releases it.
 */
import type { WaitOptions } from '../core/heap.ts';
import { setTwin, twinOf } from '../core/twin.ts';
import { waitAtMost } from '../core/wait-queue.ts';
import { Wait } from '../core/wait.ts';
import { Holding, type Holdable } from './holding.ts';
import { CORE, limits, method, nameOf, owner, Primitive, registerKind, twin } from './primitive.ts';
import { RWLockCore } from './rw-lock-core.ts';

/**
 * A lock that many can hold for reading, or one for writing.
 *
 * @example
 * const lock = new RWLock();
 * const value = lock.withRead(() => table.get(key));
 * lock.withWrite(() => table.set(key, value));
 */
export class RWLock extends Primitive<RWLockCore> {
  constructor() {
    super('rwlock', []);
  }

  /**
   * Acquires it for reading.
   *
   * @param options.timeout milliseconds; when they are over `false` is returned.
   */
  acquireRead(options?: WaitOptions): boolean {
    return readCall(this, ...limits(options));
  }

  /** The explicit face of `acquireRead`. */
  acquireReadAsync(options?: WaitOptions): Promise<boolean> {
    return readCall.async(this, ...limits(options));
  }

  /**
   * Acquires it for writing.
   *
   * @param options.timeout milliseconds; when they are over `false` is returned.
   */
  acquireWrite(options?: WaitOptions): boolean {
    return writeCall(this, ...limits(options));
  }

  /** The explicit face of `acquireWrite`. */
  acquireWriteAsync(options?: WaitOptions): Promise<boolean> {
    return writeCall.async(this, ...limits(options));
  }

  /** @throws {CoppiceError} `ERR_COPPICE_NOT_OWNER`. */
  releaseRead(): void {
    releaseReadCall(this);
  }

  /** @throws {CoppiceError} `ERR_COPPICE_NOT_OWNER`. */
  releaseWrite(): void {
    releaseWriteCall(this);
  }

  /** Acquires for reading; disposing the result releases. */
  holdRead(options?: WaitOptions): Disposable {
    return Holding.blocking(reading(this), options);
  }

  /** The explicit face of `holdRead`. */
  holdReadAsync(options?: WaitOptions): Promise<Disposable> {
    return Holding.async(reading(this), options);
  }

  /** Acquires for writing; disposing the result releases. */
  holdWrite(options?: WaitOptions): Disposable {
    return Holding.blocking(writing(this), options);
  }

  /** The explicit face of `holdWrite`. */
  holdWriteAsync(options?: WaitOptions): Promise<Disposable> {
    return Holding.async(writing(this), options);
  }

  /** Runs `work` while holding it for reading. */
  withRead<R>(work: () => R, options?: WaitOptions): R {
    return Holding.with(reading(this), work, options);
  }

  /** The explicit face of `withRead`; `work` may be async. */
  withReadAsync<R>(work: () => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    return Holding.withAsync(reading(this), work, options);
  }

  /** Runs `work` while holding it for writing. */
  withWrite<R>(work: () => R, options?: WaitOptions): R {
    return Holding.with(writing(this), work, options);
  }

  /** The explicit face of `withWrite`; `work` may be async. */
  withWriteAsync<R>(work: () => R | PromiseLike<R>, options?: WaitOptions): Promise<R> {
    return Holding.withAsync(writing(this), work, options);
  }

  /** Who has it, and how many wait. */
  statistics(): RWLockStatistics {
    return Object.freeze(statisticsCall(this));
  }
}

/** What `RWLock.statistics()` tells. */
export interface RWLockStatistics {
  /** How often it is held for reading. */
  readonly readers: number;
  /** The name of the green thread that writes. */
  readonly writer: string | undefined;
  readonly waiting: number;
}

registerKind('rwlock', RWLock, () => new RWLockCore());

const at = (lock: RWLock): RWLockCore => lock[CORE] as RWLockCore;
const acquireCall = (name: string, writes: boolean) =>
  method(
    name,
    (lock: RWLock, timeout?: number, _options?: WaitOptions): boolean | Wait<boolean> => {
      const result = at(lock).acquire(owner(), writes);
      return result === true ? true : waitAtMost(result, timeout, false);
    },
    {
      optionsAt: 1,
      timed: true,
      owned: true,
      undo: (lock, got) => {
        if (got && writes) at(lock).releaseWrite(owner());
        else if (got) at(lock).releaseRead(owner());
      },
    },
  );
const readCall = acquireCall('RWLock.acquireRead', false);
const writeCall = acquireCall('RWLock.acquireWrite', true);
const releaseReadCall = method(
  'RWLock.releaseRead',
  (lock: RWLock) => at(lock).releaseRead(owner()),
  { owned: true },
);
const releaseWriteCall = method(
  'RWLock.releaseWrite',
  (lock: RWLock) => at(lock).releaseWrite(owner()),
  { owned: true },
);
const statisticsCall = method('RWLock.statistics', (lock: RWLock): RWLockStatistics => {
  const { readers, writer, waiters } = at(lock);
  return {
    readers: [...readers.values()].reduce((sum, count) => sum + count, 0),
    writer: writer && nameOf(writer),
    waiting: waiters.size,
  };
});

class Side implements Holdable {
  readonly #lock: RWLock;
  readonly #writes: boolean;

  constructor(lock: RWLock, writes: boolean) {
    this.#lock = lock;
    this.#writes = writes;
  }

  get lock(): RWLock {
    return this.#lock;
  }

  get call(): typeof readCall {
    return this.#writes ? writeCall : readCall;
  }

  acquire(options?: WaitOptions): boolean {
    return this.call(this.#lock, ...limits(options));
  }

  acquireAsync(options?: WaitOptions): Promise<boolean> {
    return this.call.async(this.#lock, ...limits(options));
  }

  release(): void {
    if (this.#writes) this.#lock.releaseWrite();
    else this.#lock.releaseRead();
  }
}

const reading = (lock: RWLock): Holdable => new Side(lock, false);
const writing = (lock: RWLock): Holdable => new Side(lock, true);

twin(RWLock.prototype.acquireRead, readCall, limits);
twin(RWLock.prototype.acquireWrite, writeCall, limits);
setTwin(Side.prototype.acquire, function* (this: Side, options?: WaitOptions) {
  const { acquireRead, acquireWrite } = RWLock.prototype;
  const target = this.call === writeCall ? acquireWrite : acquireRead;
  return yield* twinOf(target).call(this.lock, options);
});
const withTwin = (target: object, side: (lock: RWLock) => Holdable, name: 'with' | 'hold'): void =>
  setTwin(target, function* (this: RWLock, ...args: unknown[]) {
    return yield* Holding.suspended(name, side(this), args);
  });
withTwin(RWLock.prototype.withRead, reading, 'with');
withTwin(RWLock.prototype.withWrite, writing, 'with');
withTwin(RWLock.prototype.holdRead, reading, 'hold');
withTwin(RWLock.prototype.holdWrite, writing, 'hold');
