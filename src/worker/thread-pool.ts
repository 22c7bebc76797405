/**
 * Blocking code for coroutines, off the loop: a `ThreadPool` is a policy (how many at once, how many may wait, how long
 * idle Workers stay) over the same worker green threads as everything else.
 */
import { checkOptions, CoppiceError, invalidArgument } from '../core/errors.ts';
import { heap } from '../core/heap.ts';
import { GreenThread } from '../hub/green-thread.ts';
import { spawn, type ResultOf } from '../hub/spawn.ts';
import type { Target } from '../hub/target.ts';
import { joinThreads } from '../hub/thread-calls.ts';
import { Mapping } from './mapping.ts';
import { WorkerPool, type PoolStatistics } from './pool.ts';

export interface ThreadPoolOptions {
  /** How many green threads run at once. Default: as many as there are cores. */
  size?: number | undefined;
  /** How many may wait for their turn; one more is refused. Default: no limit. */
  queueLimit?: number | undefined;
  /** Milliseconds after which an idle Worker is let go. Default 10,000. */
  idleTimeout?: number | undefined;
}

/**
 * A fixed number of Workers of its own for blocking code.
 *
 * Follows gevent's `ThreadPool` and Python's `ThreadPoolExecutor`.
 *
 * @example
 * await using pool = new ThreadPool({ size: 4 });
 * const sizes = await pool.map(files, new URL('./measure.js', import.meta.url));
 */
export class ThreadPool implements AsyncDisposable {
  readonly #workers: WorkerPool;
  readonly #size: number;
  readonly #queueLimit: number;
  readonly #threads = new Set<GreenThread>();
  readonly #maps = new Set<Pick<Mapping<never, unknown>, 'feed' | 'results'>>();
  #closed = false;

  /** @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT` for a size or limit that is no whole number; in a Worker. */
  constructor(options: ThreadPoolOptions = {}) {
    checkOptions(options, 'a ThreadPool', ['size', 'queueLimit', 'idleTimeout']);
    const {
      size = process.getBuiltinModule('node:os').availableParallelism(),
      queueLimit = Infinity,
      idleTimeout,
    } = options;
    if (!Number.isInteger(size) || size < 1)
      throw invalidArgument(`size must be a whole number, 1 or more; got ${size}.`);
    if (queueLimit !== Infinity && (!Number.isInteger(queueLimit) || queueLimit < 0)) {
      throw invalidArgument(`queueLimit must be a whole number, 0 or more; got ${queueLimit}.`);
    }
    if (heap.way.kind === 'worker') {
      throw invalidArgument(
        'A ThreadPool belongs to the main thread. In a green thread use toThread() or spawn().',
      );
    }
    this.#workers = new WorkerPool({ maxWorkers: size, idleTimeout });
    this.#size = size;
    this.#queueLimit = queueLimit;
  }

  get statistics(): PoolStatistics {
    return this.#workers.statistics;
  }

  /**
   * Runs a target with its arguments when a Worker of this pool is free.
   *
   * @throws {CoppiceError} `ERR_COPPICE_POOL_FULL` when `queueLimit` are waiting already, `ERR_COPPICE_POOL_CLOSED`.
   */
  run<T extends Target>(target: T, ...args: unknown[]): GreenThread<ResultOf<T>> {
    this.#checkOpen();
    const waiting = this.#threads.size - this.#size;
    if (waiting >= this.#queueLimit) {
      throw new CoppiceError(
        'ERR_COPPICE_POOL_FULL',
        `${waiting} calls are waiting in this thread pool already. Wait for some, raise queueLimit, or use map().`,
      );
    }
    return this.#begin(target, args);
  }

  /**
   * Runs a target once for each item. An item is taken from `items` only when there is room for it, so there may be any
   * number of them, whatever `queueLimit` is.
   *
   * @returns the results in the order of the items. The first error rejects and kills the rest.
   * @throws {CoppiceError} (as a rejection) `ERR_COPPICE_POOL_CLOSED`.
   */
  async map<I, T extends Target>(items: Iterable<I>, target: T): Promise<ResultOf<T>[]> {
    this.#checkOpen();
    checkModule(target);
    if (typeof (items as Partial<typeof items> | null)?.[Symbol.iterator] !== 'function')
      throw invalidArgument(`map() takes items to iterate over, got ${typeof items}.`);
    const mapped = new Mapping<I, ResultOf<T>>(items, {
      hasRoom: (own) => own < 2 * this.#size && this.#threads.size - this.#size < this.#queueLimit,
      begin: (item, ended) => this.#begin<T>(target, [item], ended),
    });
    this.#maps.add(mapped);
    try {
      mapped.feed();
      return await mapped.results;
    } finally {
      this.#maps.delete(mapped);
    }
  }

  #checkOpen(): void {
    if (this.#closed) {
      throw new CoppiceError(
        'ERR_COPPICE_POOL_CLOSED',
        'This thread pool is closed. Make a new one.',
      );
    }
  }

  #begin<T extends Target>(
    target: T,
    args: unknown[],
    ended?: (thread: GreenThread<ResultOf<T>>) => void,
  ): GreenThread<ResultOf<T>> {
    checkModule(target);
    const thread = new GreenThread<ResultOf<T>>(target, { args, pool: this.#workers });
    this.#threads.add(thread);
    thread.rawLink(() => {
      this.#threads.delete(thread);
      ended?.(thread);
      for (const map of this.#maps) map.feed();
    });
    thread.start();
    return thread;
  }

  /** Takes nothing new, waits for what runs, what waits and what is being mapped, and lets the Workers go. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled([...this.#maps].map((map) => map.results));
    await joinThreads.async([...this.#threads]);
    this.#workers.configure({ idleTimeout: 0 });
    this.#workers.drain();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Runs blocking code off the loop, on a Worker that all share.
 *
 * @throws {CoppiceError} `ERR_COPPICE_NOT_SPAWNABLE` for a function: only a module can be loaded elsewhere.
 *
 * Follows asyncio's `to_thread`.
 *
 * @example
 * const hash = await toThread(new URL('./slow-hash.js', import.meta.url), password);
 */
export function toThread<T extends Target>(
  target: T,
  ...args: unknown[]
): GreenThread<ResultOf<T>> {
  checkModule(target);
  return spawn(target, ...args);
}

/** In a compiled program a function would run as a fiber: on the loop, and not off it. */
function checkModule(target: Target): void {
  if (typeof target !== 'function') return;
  throw new CoppiceError(
    'ERR_COPPICE_NOT_SPAWNABLE',
    'A function cannot leave the heap that it was made in, and so not run off its loop. ' +
      "Put it into a module of its own and give that: new URL('./job.js', import.meta.url). spawn(fn) runs it as a fiber.",
  );
}
