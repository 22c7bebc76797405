/**
 * The iterators behind `imap` and `imapUnordered`.
 *
 * Invariant: at most `maxPending` threads have been spawned whose value was not asked for, so a slow reader holds the
 * work back; a pool that is full is only waited for when there is nothing else to give.
 */
import { invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import { timeoutError } from '../core/timeout.ts';
import { setTwin } from '../core/twin.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import { getCall } from '../hub/thread-calls.ts';
import { runAsync, runBlocking, runSuspended, type Logic } from './composed.ts';
import { LimitsLeft } from './limits-left.ts';
import { wait } from './wait.ts';

export interface ImapOptions extends WaitOptions {
  /** How many threads may run, or have ended, whose value has not been asked for. Default: no limit but the pool's. */
  maxPending?: number | undefined;
}

interface Steps {
  spawn(item: unknown, limits: LimitsLeft): Logic<GreenThread>;
  trySpawn(item: unknown): Logic<GreenThread | undefined>;
}

export class Imap<R> implements IterableIterator<R, undefined> {
  readonly #steps: Steps;
  readonly #items: Iterator<unknown>;
  readonly #ordered: boolean;
  readonly #maxPending: number;
  readonly #limits: WaitOptions;
  readonly #pending: GreenThread[] = [];
  #next: IteratorResult<unknown> | undefined;

  constructor(steps: Steps, items: Iterable<unknown>, ordered: boolean, options?: ImapOptions) {
    checkLimits(options);
    const { maxPending = Infinity, timeout, signal } = options ?? {};
    this.#limits = { timeout, signal };
    this.#steps = steps;
    this.#items = items[Symbol.iterator]();
    this.#ordered = ordered;
    if (maxPending !== Infinity && !(Number.isInteger(maxPending) && maxPending >= 1)) {
      throw invalidArgument(
        `maxPending must be a whole number, 1 or more; got ${String(maxPending)}.`,
      );
    }
    this.#maxPending = maxPending;
  }

  next(): IteratorResult<R, undefined> {
    return runBlocking(this.#step());
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** The explicit face. */
  async *async(): AsyncGenerator<R, undefined> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
      const result = await runAsync(this.#step());
      if (result.done) return undefined;
      yield result.value;
    }
  }

  *#step(): Logic<IteratorResult<R, undefined>> {
    const limits = new LimitsLeft(this.#limits);
    yield* this.#fill(limits);
    if (this.#pending.length === 0) return { done: true, value: undefined };
    const ready: GreenThread[] = this.#ordered
      ? this.#pending
      : yield [
          wait,
          this.#pending,
          { count: 1, signal: this.#limits.signal, timeout: limits.left?.timeout },
        ];
    const thread = ready[0];
    if (!thread) throw timeoutError(this.#limits.timeout as number);
    let over = true;
    try {
      const value: R = yield [getCall, thread, limits.left];
      return { done: false, value };
    } catch (error) {
      // One for whom the time was too short stays, to be asked for again.
      over = thread.ready;
      throw error;
    } finally {
      if (over) this.#pending.splice(this.#pending.indexOf(thread), 1);
    }
  }

  *#fill(limits: LimitsLeft): Logic<void> {
    while (this.#pending.length < this.#maxPending) {
      this.#next ??= this.#items.next();
      if (this.#next.done) return;
      const { value } = this.#next;
      const { spawn, trySpawn } = this.#steps;
      const thread: GreenThread | undefined =
        this.#pending.length === 0 ? yield* spawn(value, limits) : yield* trySpawn(value);
      if (!thread) return;
      this.#pending.push(thread);
      this.#next = undefined;
    }
  }

  static {
    setTwin(Imap.prototype.next, function* (this: Imap<unknown>) {
      return yield* runSuspended(this.#step()) as Generator<unknown, unknown>;
    });
  }
}
