/**
 * The iterators behind `imap` and `imapUnordered`.
 *
 * Work begins at once, and as much of it is kept going as `maxPending` and the group's room allow, whether or not anybody
 * asks for values meanwhile. The code of a Worker may be busy or parked then, so from there the hub is told what to begin
 * when there is room. That takes items ahead of the room there is: as many as `maxPending`, or all, up to a limit, of what
 * has a size. What else may have no end, or be lost when the loop is left, and so more of it is only begun when a value is
 * asked for; as are functions, which only the Worker can begin.
 *
 * Invariant: at most `maxPending` threads have been spawned whose value was not asked for, so a slow reader holds the
 * work back; a pool that is full is only waited for when there is nothing else to give. What goes wrong with an item (its
 * iterator throws) is thrown after the values of those before it.
 */
import { CoppiceError, invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import { timeoutError } from '../core/timeout.ts';
import { setTwin } from '../core/twin.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import { CORE as THREAD_CORE } from '../hub/thread-core.ts';
import { getCall } from '../hub/thread-calls.ts';
import { checkItems } from './check-items.ts';
import { runAsync, runBlocking, runSuspended, type Logic } from './composed.ts';
import { LimitsLeft } from './limits-left.ts';
import { wait } from './wait.ts';

export interface ImapOptions extends WaitOptions {
  /** How many threads may run, or have ended, whose value has not been asked for. Default: no limit but the pool's. */
  maxPending?: number | undefined;
}

function hasSize(items: Iterable<unknown>): boolean {
  const { length, size } = items as { length?: unknown; size?: unknown };
  return typeof (length ?? size) === 'number';
}

/** So many are told to the hub at most, of what has a size, where `maxPending` does not say. */
const AHEAD = 1_000;

/** What is said of items, or of what they are given to. */
const REFUSED: ReadonlySet<string> = new Set([
  'ERR_COPPICE_NOT_CLONEABLE',
  'ERR_COPPICE_NOT_SPAWNABLE',
]);

interface Steps {
  spawn(item: unknown, limits: LimitsLeft): Logic<GreenThread>;
  trySpawn(item: unknown): Logic<GreenThread | undefined>;
  /** Where the group is far: has the hub begin a thread for each of these items when there is room, or after all not. */
  readonly plan:
    | {
        begin(items: readonly unknown[]): Logic<GreenThread[]>;
        /** @returns how many of these have not begun: the last ones. */
        drop(threads: readonly GreenThread[]): Logic<number>;
      }
    | undefined;
  /** Can it be told when there is room? Only where the group belongs. */
  readonly tellsOfRoom: boolean;
  /** Calls back whenever there may be room, until `offRoom`. */
  onRoom(callback: () => void): void;
  offRoom(callback: () => void): void;
}

export class Imap<R> implements IterableIterator<R, undefined> {
  readonly #steps: Steps;
  readonly #source: Iterator<unknown>;
  readonly #ordered: boolean;
  readonly #maxPending: number;
  readonly #plan: Steps['plan'];
  readonly #limits: WaitOptions;
  readonly #pending: GreenThread[] = [];
  /** Those that were taken from the source and found no place. */
  readonly #items: { readonly value: unknown }[] = [];
  /** Is there nothing more to be taken from the source? */
  #ended = false;
  /** What was thrown as the next one was to be begun. */
  #failure: { readonly error: unknown } | undefined;
  #filling = false;
  /** In the async code of a Worker: what is being begun there. */
  #beginning: Promise<void> | undefined;
  readonly #more = (): void => this.#fillNow();

  constructor(steps: Steps, items: Iterable<unknown>, ordered: boolean, options?: ImapOptions) {
    checkItems(items, 'imap()');
    checkLimits(options, ['maxPending']);
    const { maxPending = Infinity, timeout, signal } = options ?? {};
    this.#limits = { timeout, signal };
    this.#steps = steps;
    this.#source = items[Symbol.iterator]();
    this.#ordered = ordered;
    if (maxPending !== Infinity && !(Number.isInteger(maxPending) && maxPending >= 1)) {
      throw invalidArgument(
        `maxPending must be a whole number, 1 or more; got ${String(maxPending)}.`,
      );
    }
    this.#plan = maxPending < Infinity || hasSize(items) ? steps.plan : undefined;
    this.#maxPending = this.#plan && maxPending === Infinity ? AHEAD : maxPending;
  }

  /** Begins, in blocking code. */
  begin(): this {
    this.#fillNow();
    if (!this.#steps.tellsOfRoom) runBlocking(this.#fill());
    return this;
  }

  next(): IteratorResult<R, undefined> {
    return runBlocking(this.#step());
  }

  [Symbol.iterator](): this {
    return this;
  }

  /** Begins no more; what has been begun goes on. */
  return(): IteratorResult<R, undefined> {
    runBlocking(this.#stop());
    return { done: true, value: undefined };
  }

  /** The explicit face. It begins at once. */
  async(): AsyncGenerator<R, undefined> {
    this.#fillNow();
    if (!this.#steps.tellsOfRoom) this.#beginning = runAsync(this.#fill());
    return this.#values();
  }

  async *#values(): AsyncGenerator<R, undefined> {
    try {
      await this.#beginning;
      for (;;) {
        // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
        const result = await runAsync(this.#step());
        if (result.done) return undefined;
        yield result.value;
      }
    } finally {
      await runAsync(this.#stop());
    }
  }

  *#stop(): Logic<void> {
    this.#steps.offRoom(this.#more);
    this.#items.length = 0;
    if (this.#plan && this.#pending.length > 0)
      this.#pending.length -= yield* this.#plan.drop(this.#pending);
    if (this.#ended) return;
    this.#ended = true;
    this.#source.return?.();
  }

  *#step(): Logic<IteratorResult<R, undefined>> {
    const limits = new LimitsLeft(this.#limits);
    yield* this.#fill(limits);
    if (this.#pending.length === 0) {
      if (!this.#failure) return { done: true, value: undefined };
      const { error } = this.#failure;
      this.#failure = undefined;
      throw error;
    }
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
      if (over) yield* this.#take(thread);
      this.#fillNow();
    }
  }

  *#take(thread: GreenThread): Logic<void> {
    const index = this.#pending.indexOf(thread);
    this.#pending.splice(index, 1);
    try {
      if (this.#plan) yield* this.#fillAhead(this.#plan);
    } catch (error) {
      // Interrupted there: what was got is still to be had.
      this.#pending.splice(index, 0, thread);
      throw error;
    }
  }

  /** Begins what can be begun without waiting, now and whenever there is room. */
  #fillNow(): void {
    if (this.#filling || !this.#steps.tellsOfRoom) return;
    this.#filling = true;
    runBlocking(this.#fill());
    this.#filling = false;
    if (this.#ended || this.#pending.length >= this.#maxPending) this.#steps.offRoom(this.#more);
    else this.#steps.onRoom(this.#more);
  }

  /** @param limits of the one who waits when there is nothing to give. Without it nobody does. */
  *#fill(limits?: LimitsLeft): Logic<void> {
    if (this.#plan) yield* this.#fillAhead(this.#plan);
    else yield* this.#fillRoom(limits);
  }

  *#fillAhead(plan: NonNullable<Steps['plan']>): Logic<void> {
    const items: unknown[] = [];
    for (let item; this.#pending.length + items.length < this.#maxPending; items.push(item.value))
      if (!(item = this.#takeItem())) break;
    try {
      if (items.length > 0) this.#pending.push(...(yield* plan.begin(items)));
    } catch (failure) {
      this.#checkRefused(failure, items);
      // Those before the one that cannot cross, or whatever it is, are begun.
      for (const [index, item] of items.entries()) {
        try {
          this.#pending.push(...(yield* plan.begin([item])));
        } catch (error) {
          this.#checkRefused(error, items.slice(index));
          this.#end({ error });
          return;
        }
      }
    }
  }

  /** A kill or a timeout came instead of the call, which is not a wait: then the hub has heard of none of these. */
  #checkRefused(error: unknown, items: readonly unknown[]): void {
    if (error instanceof CoppiceError && REFUSED.has(error.code)) return;
    this.#items.unshift(...items.map((value) => ({ value })));
    throw error;
  }

  *#fillRoom(limits?: LimitsLeft): Logic<void> {
    while (this.#pending.length < this.#maxPending) {
      const item = this.#takeItem();
      if (!item) return;
      const { spawn, trySpawn } = this.#steps;
      let thread: GreenThread | undefined;
      try {
        thread =
          limits && this.#pending.length === 0
            ? yield* spawn(item.value, limits)
            : yield* trySpawn(item.value);
      } catch (error) {
        // One who waits hears of it at once; the item is still to be begun.
        if (limits) this.#items.unshift(item);
        else this.#end({ error });
        if (limits) throw error;
        return;
      }
      if (!thread) {
        this.#items.unshift(item);
        return;
      }
      // Who asks for its value hears of its error.
      thread[THREAD_CORE].observe();
      this.#pending.push(thread);
    }
  }

  #takeItem(): { readonly value: unknown } | undefined {
    const again = this.#items.shift();
    if (again || this.#ended) return again;
    try {
      const { done, value } = this.#source.next();
      if (!done) return { value };
      this.#end();
    } catch (error) {
      this.#end({ error });
    }
    return undefined;
  }

  #end(failure?: { readonly error: unknown }): void {
    this.#ended = true;
    this.#failure ??= failure;
  }

  static {
    setTwin(Imap.prototype.next, function* (this: Imap<unknown>) {
      return yield* runSuspended(this.#step()) as Generator<unknown, unknown>;
    });
  }
}
