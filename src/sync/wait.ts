/**
 * `wait` and `asCompleted`: over anything that can become ready, mixed.
 *
 * Invariant: what is ready already counts first, in the order of the list; nothing stays linked to what was not waited
 * for to the end.
 */
import { clock, type Timer } from '../core/clock.ts';
import { defineBlocking } from '../core/definition.ts';
import { checkMilliseconds, invalidArgument } from '../core/errors.ts';
import { heap } from '../core/heap.ts';
import type { Link, Waitable } from '../core/links.ts';
import { signalDeadline } from '../core/signal-deadline.ts';
import { setTwin } from '../core/twin.ts';
import { isThenable, Wait, type WaitTarget } from '../core/wait.ts';
import { CORE, type ThreadCore } from '../hub/thread-core.ts';
import { runBlocking, runSuspended, type Logic } from './composed.ts';

/** What can be waited for. */
// oxlint-disable-next-line typescript/no-explicit-any -- whatever its callbacks are called with
export type CanWait = Waitable<any> | PromiseLike<unknown> | AbortSignal;

export interface WaitForOptions {
  /** Milliseconds to wait at most. Then what is ready until then is returned. */
  timeout?: number | undefined;
  /** Return as soon as so many are ready. Default: all. */
  count?: number | undefined;
}

/** One of the things is a time limit. */
class LimitedWait<T> extends Wait<T> {
  override get bounded(): boolean {
    return true;
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
    object.addEventListener('abort', ready, { once: true });
    return () => object.removeEventListener('abort', ready);
  }
  if (isWaitable(object)) {
    if (object.ready) {
      ready();
      return () => {};
    }
    const link: Link<never> = () => ready();
    object.rawLink(link);
    return () => object.rawUnlink(link);
  }
  let live = true;
  const settled = (): void => void (live && ready());
  (object as PromiseLike<unknown>).then(settled, settled);
  return () => {
    live = false;
  };
}

function isWaitable(object: object): object is Waitable<never> {
  return 'rawLink' in object;
}

/** In a Worker: are there fibers of this very heap among them, and nothing that only the hub can watch? */
function liveHere([objects]: readonly unknown[]): boolean {
  if (heap.way.kind === 'main' || !Array.isArray(objects)) return false;
  const cores = objects.map((object: { [CORE]?: ThreadCore }) => object?.[CORE]);
  return (
    cores.some((core) => core?.local) &&
    objects.every(
      (object, index) => cores[index] ?? (object instanceof AbortSignal || isThenable(object)),
    )
  );
}

function readiness<T extends CanWait>(
  objects: readonly T[],
  { timeout, count = objects.length }: WaitForOptions,
): Wait<T[]> {
  for (const object of objects as readonly unknown[]) {
    const known = object instanceof AbortSignal || isThenable(object);
    if (!known && !(typeof object === 'object' && object !== null && isWaitable(object))) {
      throw invalidArgument(
        `Cannot wait for ${String(object)}. Give green threads, primitives, promises or AbortSignals.`,
      );
    }
  }
  if (timeout !== undefined) checkMilliseconds(timeout, 'timeout');
  const different = [...new Set(objects)];
  const wanted = Math.min(count, different.length);
  const closedWorld =
    timeout === undefined &&
    different.every((object) => !(object instanceof AbortSignal) && isWaitable(object));
  const limited = different.some(
    (object) => object instanceof AbortSignal && signalDeadline(object) !== undefined,
  );
  return new (limited ? LimitedWait : Wait)<T[]>(
    (waker) => {
      const ended: T[] = [];
      const unlinks: (() => void)[] = [];
      let timer: Timer | undefined;
      let over = wanted <= 0;
      const stop = (): void => {
        over = true;
        timer?.cancel();
        for (const unlink of unlinks) unlink();
      };
      for (const object of different) {
        if (over) break;
        unlinks.push(
          watch(object, () => {
            if (over) return;
            ended.push(object);
            if (ended.length < wanted) return;
            stop();
            waker.wake(ended);
          }),
        );
      }
      if (wanted <= 0) waker.wake(ended);
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
}

/**
 * Waits until the objects are ready: green threads ended, events set, semaphores free, queues not empty, promises
 * settled, signals aborted. Takes nothing and throws nothing of theirs.
 *
 * Follows gevent's `wait`.
 *
 * @param options.timeout milliseconds to wait at most.
 * @param options.count return as soon as so many are ready.
 * @returns those that are ready, in the order in which they became so.
 * @example
 * const [first] = wait([thread, event, queue], { count: 1 });
 */
export const wait: {
  <T extends CanWait>(objects: readonly T[], options?: WaitForOptions): T[];
  async<T extends CanWait>(objects: readonly T[], options?: WaitForOptions): Promise<T[]>;
} = defineBlocking(
  'wait',
  (objects: readonly CanWait[], options: WaitForOptions = {}) => readiness(objects, options),
  { hubOnly: true, local: liveHere, asyncName: 'waitAsync()' },
) as never;

/** The explicit face of `wait`. Promises and signals of this heap are waited for here. */
export const waitAsync: typeof wait.async = wait.async;

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
): IterableIterator<T, undefined> {
  return new Completed(objects);
}

class Completed<T extends CanWait> implements IterableIterator<T, undefined> {
  readonly #left: Set<T>;

  constructor(objects: Iterable<T>) {
    this.#left = new Set(objects);
  }

  next(): IteratorResult<T, undefined> {
    return runBlocking(this.#step());
  }

  [Symbol.iterator](): this {
    return this;
  }

  *#step(): Logic<IteratorResult<T, undefined>> {
    if (this.#left.size === 0) return { done: true, value: undefined };
    const [value]: [T] = yield [wait, [...this.#left], { count: 1 }];
    this.#left.delete(value);
    return { done: false, value };
  }

  static {
    setTwin(Completed.prototype.next, function* (this: Completed<CanWait>) {
      return (yield* runSuspended(this.#step()) as Generator) as unknown;
    });
  }
}

/** The explicit face of `asCompleted`. */
export function asCompletedAsync<T extends CanWait>(
  objects: Iterable<T>,
): AsyncIterableIterator<T> {
  const left = new Set(objects);
  // Not an async generator: that would await what it yields, and so give a green thread's value and not the thread.
  return {
    async next() {
      if (left.size === 0) return { done: true, value: undefined };
      const [value] = (await waitAsync([...left], { count: 1 })) as [T];
      left.delete(value);
      return { done: false, value };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
