/**
 * `wait` and `asCompleted`: over anything that can become ready, mixed.
 *
 * Invariant: what is ready already counts first, in the order of the list; nothing stays linked to what was not waited
 * for to the end.
 */
import { linkAbort, unlinkAbort } from '../core/abort-links.ts';
import { clock, type Timer } from '../core/clock.ts';
import { defineBlocking } from '../core/definition.ts';
import { CoppiceError, invalidArgument } from '../core/errors.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import type { Link, Waitable } from '../core/links.ts';
import { signalDeadline } from '../core/signal-deadline.ts';
import { steadyTime } from '../core/steady-time.ts';
import { setTwin } from '../core/twin.ts';
import { isThenable, Wait, type WaitTarget } from '../core/wait.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import { CORE } from '../hub/thread-core.ts';
import { runAsync, runBlocking, runSuspended, type Logic } from './composed.ts';
import { Primitive } from './primitive.ts';
import { isSettled, linkPromise, unlinkPromise } from './promise-links.ts';

/** What can be waited for. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever its callbacks are called with
export type CanWait = Waitable<any> | PromiseLike<unknown> | AbortSignal;

export interface WaitForOptions {
  /** Milliseconds to wait at most. Then what is ready until then is returned. */
  timeout?: number | undefined;
  /** Return as soon as so many are ready. Default: all. */
  count?: number | undefined;
  /** Aborting it withdraws the wait; its reason is thrown. */
  signal?: AbortSignal | null | undefined;
}

/** Some of the things are time limits. */
class LimitedWait<T> extends Wait<T> {
  limits: readonly AbortSignal[] = [];

  /** As long as one of them is still to come. After that it is blocked like any other. */
  override get bounded(): boolean {
    return this.limits.some((limit) => !limit.aborted);
  }
}

const TARGET: WaitTarget = { what: 'several things to become ready' };

/** Calls `ready` when the object is. Returns what takes that back. */
function watch(object: CanWait, ready: () => void): () => void {
  if (object instanceof AbortSignal) {
    if (object.aborted) {
      ready();
      return () => {};
    }
    linkAbort(object, ready);
    return () => unlinkAbort(object, ready);
  }
  if (!isWaitable(object)) {
    const promise = object as PromiseLike<unknown>;
    linkPromise(promise, ready);
    return () => unlinkPromise(promise, ready);
  }
  if (heap.way.kind === 'worker' && !livesHere(object)) {
    // For a coroutine or a fiber of a Worker, which waits for what is here and for what is at the hub.
    const controller = new AbortController();
    waitCall.async([object], { signal: controller.signal }).then(ready, () => {});
    return () => controller.abort();
  }
  if (object.ready) {
    ready();
    return () => {};
  }
  const link: Link<never> = () => ready();
  object.rawLink(link);
  return () => object.rawUnlink(link);
}

function isWaitable(object: object): object is Waitable<never> {
  return 'rawLink' in object;
}

/** Is it something that the hub could not wait for: of this heap, and no primitive? */
function livesHere(object: unknown): boolean {
  if (object instanceof AbortSignal) return true;
  if (typeof object !== 'object' || object === null || !isWaitable(object))
    return isThenable(object);
  return (object as Partial<GreenThread>)[CORE]?.local === true;
}

/** Does not wait to say so. */
function isReady(object: CanWait): boolean {
  if (object instanceof AbortSignal) return object.aborted;
  return isWaitable(object) ? object.ready : isSettled(object as PromiseLike<unknown>);
}

/** What is waited for, once each, and how many of them. */
interface Wanted {
  readonly objects: readonly CanWait[];
  readonly count: number;
  readonly timeout: number | undefined;
}

function checked(objects: Iterable<CanWait>, options?: WaitForOptions | null): Wanted {
  checkLimits(options, ['count']);
  const { timeout, count = Infinity } = options ?? {};
  // A queue can be iterated over, and that would wait for its items.
  if (!isList(objects)) throw invalidArgument('wait() takes a list: wait([event, thread]).');
  if (typeof count !== 'number' || Number.isNaN(count) || count < 0)
    throw invalidArgument(`count must be a number, 0 or more; got ${String(count)}.`);
  const different = [...new Set(objects)];
  for (const object of different) {
    const known = object instanceof AbortSignal || isThenable(object);
    if (!known && !(typeof object === 'object' && object !== null && isWaitable(object)))
      throw invalidArgument(
        `Cannot wait for ${nameOf(object)}. Give green threads, events, semaphores, queues, promises or AbortSignals.`,
      );
  }
  return { objects: different, count: Math.min(count, different.length), timeout };
}

/** Iterating over a queue would take its items. */
export function isList(objects: unknown): objects is Iterable<CanWait> {
  if (typeof objects !== 'object' || objects === null) return false;
  return Symbol.iterator in objects && !(objects instanceof Primitive);
}

function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  return `a ${value.constructor?.name ?? 'nameless object'}`;
}

function readiness(list: readonly CanWait[], options?: WaitForOptions): Wait<CanWait[]> {
  const { objects, count, timeout } = checked(list, options);
  const closedWorld =
    timeout === undefined &&
    objects.every((object) => !(object instanceof AbortSignal) && isWaitable(object));
  const limits = objects.filter(
    (object): object is AbortSignal =>
      object instanceof AbortSignal && signalDeadline(object) !== undefined,
  );
  const wait = new (limits.length > 0 ? LimitedWait : Wait)<CanWait[]>(
    (waker) => {
      const ended: CanWait[] = [];
      const unlinks: (() => void)[] = [];
      let timer: Timer | undefined;
      let over = count <= 0;
      const stop = (): void => {
        over = true;
        timer?.cancel();
        for (const unlink of unlinks) unlink();
      };
      for (const object of objects) {
        if (over) break;
        unlinks.push(
          watch(object, () => {
            if (over) return;
            ended.push(object);
            if (ended.length < count) return;
            stop();
            waker.wake(ended);
          }),
        );
      }
      if (count <= 0) waker.wake(ended);
      else if (!over && timeout !== undefined && timeout !== Infinity) {
        timer = clock().setTimer(() => {
          stop();
          waker.wake(ended);
        }, timeout);
      }
      return stop;
    },
    closedWorld ? TARGET : 'several things to become ready',
  );
  if (wait instanceof LimitedWait) wait.limits = limits;
  return wait;
}

/** What plain code on the main thread need not wait for. `undefined`: it would have to. */
function readyNow(list: readonly CanWait[], options?: WaitForOptions): CanWait[] | undefined {
  const { objects, count, timeout } = checked(list, options);
  const ended: CanWait[] = [];
  for (const object of objects) if (ended.length < count && isReady(object)) ended.push(object);
  return ended.length === count || timeout === 0 ? ended : undefined;
}

/**
 * Plain code in a Worker waits with something of its own heap. While it is parked nothing happens there, but that the
 * time of a signal of `AbortSignal.timeout()` comes; so the hub is asked for the rest, until the next such time.
 */
function waitParked(list: readonly CanWait[], given: WaitForOptions | undefined): CanWait[] {
  const { objects, count, timeout = Infinity } = checked(list, given);
  const signal = given?.signal;
  const end = steadyTime() + timeout;
  const ended = objects.filter((object) => livesHere(object) && isReady(object)).slice(0, count);
  const far = new Set(objects.filter((object) => !livesHere(object)));
  const due = new Map<CanWait, number>();
  for (const object of objects) {
    const at = object instanceof AbortSignal ? signalDeadline(object) : undefined;
    if (at !== undefined && !ended.includes(object)) due.set(object, at);
  }
  while (ended.length < count) {
    const next = Math.min(end, ...due.values());
    if (next === Infinity && ended.length + far.size < count) throw stands();
    const left = { timeout: Math.max(0, next - steadyTime()), signal };
    const missing = count - ended.length;
    if (far.size === 0) napCall(left.timeout, { signal });
    else {
      const came = waitCall([...far], {
        ...(next === Infinity ? { signal } : left),
        count: Math.min(missing, far.size),
      });
      for (const object of came) far.delete(object);
      ended.push(...came);
    }
    const now = steadyTime();
    for (const [object, at] of due) {
      if (at > now || ended.length >= count) continue;
      due.delete(object);
      ended.push(object);
    }
    if (now >= end) break;
  }
  return ended;
}

function stands(): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_WOULD_BLOCK_WORKER',
    'wait() would wait for ever: some of the promises, signals or fibers that it was given belong to this Worker, where nothing happens while it is blocked. ' +
      'Await waitAsync() instead, or give a timeout or a smaller count.',
  );
}

const waitCall = defineBlocking<
  [objects: readonly CanWait[], options?: WaitForOptions | undefined],
  CanWait[]
>('wait', (objects, options) => readiness(objects, options), {
  optionsAt: 1,
  optionNames: ['count'],
  ownTimeout: true,
  hubOnly: true,
  asyncName: 'waitAsync()',
  local: ([objects]) => heap.way.kind === 'worker' && (objects as CanWait[]).some(livesHere),
  encode: ([objects, ...rest]) => [
    checked(objects as CanWait[], rest[0] as WaitForOptions).objects,
    ...rest,
  ],
  direct: ([objects, options], { signal }) => {
    const list = objects as CanWait[];
    signal?.throwIfAborted();
    if (heap.way.kind === 'main') {
      const value = readyNow(list, options as WaitForOptions | undefined);
      return value && { value };
    }
    if (!list.some(livesHere)) return undefined;
    return { value: waitParked(list, { ...(options as WaitForOptions | undefined), signal }) };
  },
});

/** Lets the time go by, for one who waits for nothing else. */
const napCall = defineBlocking(
  'wait.nap',
  (ms: number, _options: WaitOptions) =>
    new Wait<void>((waker) => {
      const timer = clock().setTimer(() => void waker.wake(), ms);
      return () => timer.cancel();
    }, 'several things to become ready'),
  { optionsAt: 1 },
);

/**
 * Waits until the objects are ready: green threads ended, events set, semaphores free, queues not empty, promises
 * settled, signals aborted. Takes nothing and throws nothing of theirs.
 *
 * Follows gevent's `wait`.
 *
 * @param options.timeout milliseconds to wait at most.
 * @param options.count return as soon as so many are ready.
 * @returns those that are ready, in the order in which they became so.
 * @throws {CoppiceError} `ERR_COPPICE_WOULD_BLOCK_WORKER` in plain code of a Worker, where only a promise (or another
 *   thing) of its own heap could end the wait.
 * @example
 * const [first] = wait([thread, event, queue], { count: 1 });
 */
export const wait: {
  <T extends CanWait>(objects: readonly T[], options?: WaitForOptions): T[];
  async<T extends CanWait>(objects: readonly T[], options?: WaitForOptions): Promise<T[]>;
} = waitCall as never;

/** The explicit face of `wait`. */
export const waitAsync: typeof wait.async = wait.async;

export interface CompletedOptions extends WaitOptions {
  /** Milliseconds for all of them. When they are over the iteration ends. */
  timeout?: number | undefined;
}

/**
 * Gives the objects in the order in which they become ready.
 *
 * Follows gevent's `iwait`.
 *
 * @example
 * for (const thread of asCompleted(threads)) console.log(thread.value);
 */
export function asCompleted<T extends CanWait>(
  objects: Iterable<T>,
  options?: CompletedOptions,
): IterableIterator<T, undefined> {
  return new Completed(objects, options);
}

/** The iteration of `asCompleted`, a step at a time. @internal */
export class Completed<T extends CanWait> implements IterableIterator<T, undefined> {
  readonly #left: Set<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #end: number;

  constructor(objects: Iterable<T>, options?: CompletedOptions) {
    this.#left = new Set(checked(objects, options).objects as T[]);
    this.#signal = options?.signal ?? undefined;
    this.#end = clock().now() + (options?.timeout ?? Infinity);
  }

  next(): IteratorResult<T, undefined> {
    return runBlocking(this.step());
  }

  [Symbol.iterator](): this {
    return this;
  }

  *step(): Logic<IteratorResult<T, undefined>> {
    if (this.#left.size === 0) return { done: true, value: undefined };
    const left = this.#end - clock().now();
    const [value]: T[] = yield [
      wait,
      [...this.#left],
      {
        count: 1,
        signal: this.#signal,
        ...(left < Infinity && { timeout: Math.max(0, left) }),
      },
    ];
    if (value === undefined) {
      // Out of time.
      this.#left.clear();
      return { done: true, value: undefined };
    }
    this.#left.delete(value);
    return { done: false, value };
  }

  // Not an async generator: that would await what it yields, and so give a green thread's value and not the thread.
  static async<T extends CanWait>(
    objects: Iterable<T>,
    options?: CompletedOptions,
  ): AsyncIterableIterator<T> {
    const completed = new Completed(objects, options);
    return {
      next: () => runAsync(completed.step()),
      [Symbol.asyncIterator]() {
        return this;
      },
    };
  }

  static {
    setTwin(Completed.prototype.next, function* (this: Completed<CanWait>) {
      return (yield* runSuspended(this.step()) as Generator) as unknown;
    });
  }
}

/** The explicit face of `asCompleted`. */
export function asCompletedAsync<T extends CanWait>(
  objects: Iterable<T>,
  options?: CompletedOptions,
): AsyncIterableIterator<T> {
  return Completed.async(objects, options);
}
