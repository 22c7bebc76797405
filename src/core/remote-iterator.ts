/**
 * Async iterables of the hub as iterables of their callers: pulled one item at a time by blocking calls.
 *
 * Invariants: an iterator is known at the hub from the call that returned it until it ends, is closed, or the green
 * thread that it was given to ends; whichever comes first closes the source (its `return()` runs), once.
 */
import { callContext, inCall, type Call } from './call.ts';
import { defineBlocking } from './definition.ts';
import { invalidArgument } from './errors.ts';
import type { WaitOptions } from './heap.ts';
import type { Waitable } from './links.ts';
import { setTwin, twinOf } from './twin.ts';

interface Source {
  readonly iterator: AsyncIterator<unknown>;
  /** The call that returned it: its signal stays good for as long as the iterator is in use. */
  readonly call: Call | undefined;
  /** Closes it; linked to the end of the green thread that it was given to. */
  readonly onThreadEnd: () => void;
}

const sources = new Map<number, Source>();
let lastId = 0;

/** Keeps an iterator for the caller of the call under way; the number stands for it. */
export function keepIterator(iterator: AsyncIterator<unknown>): number {
  const id = ++lastId;
  const call = callContext();
  const onThreadEnd = (): void => close(id);
  sources.set(id, { iterator, call, onThreadEnd });
  threadOf(call)?.rawLink(onThreadEnd);
  return id;
}

function threadOf(call: Call | undefined): Waitable | undefined {
  return call?.thread as Waitable | undefined;
}

function forget(id: number): Source | undefined {
  const source = sources.get(id);
  sources.delete(id);
  if (source) threadOf(source.call)?.rawUnlink(source.onThreadEnd);
  return source;
}

/** Nobody wants the rest. The signal comes first: an async generator in the middle of a step hears of nothing else. */
function close(id: number): void {
  const source = forget(id);
  if (!source) return;
  source.call?.revoke(new DOMException('The iterator was closed.', 'AbortError'));
  // Its cleanup may take its time, and may fail: there is nobody left to tell.
  inCall(source.call, () => source.iterator.return?.())?.catch(() => {});
}

/** Runs a step of an iterator; when the step's own call is aborted, the iterator is closed. */
async function step<R>(
  id: number,
  work: (iterator: AsyncIterator<unknown>) => Promise<R>,
): Promise<R> {
  const source = sources.get(id);
  if (!source) {
    throw invalidArgument(
      'This iterator is closed: it ends with its loop, and with the green thread that got it.',
    );
  }
  callContext()?.signal.addEventListener('abort', () => close(id), { once: true });
  try {
    // A generator's body runs in its steps, yet its context is that of the call which returned it.
    return await inCall(source.call, () => work(source.iterator));
  } catch (error) {
    forget(id);
    throw error;
  }
}

const nextCall = defineBlocking(
  'iterator.next',
  (id: number, _options: WaitOptions): Promise<IteratorResult<unknown>> =>
    step(id, async (iterator) => {
      const result = await iterator.next();
      if (result.done) forget(id);
      return result;
    }),
  { optionsAt: 1 },
);

const restCall = defineBlocking(
  'iterator.rest',
  (id: number, _options: WaitOptions): Promise<unknown[]> =>
    step(id, async (iterator) => {
      const items: unknown[] = [];
      for (let result = await iterator.next(); !result.done; result = await iterator.next()) {
        items.push(result.value);
      }
      forget(id);
      return items;
    }),
  { optionsAt: 1 },
);

const closeCall = defineBlocking('iterator.close', (id: number) => close(id));

/** The caller's side: an iterator whose every step is a blocking call. */
export class RemoteIterator<T> implements IterableIterator<T> {
  readonly #id: number | undefined;
  readonly #limits: () => WaitOptions;
  readonly #arrived: T[];
  #open = true;
  #begun = false;

  /**
   * @param id what `keepIterator` gave; `undefined` when there is nothing beyond what has arrived.
   * @param limits of each step.
   * @param arrived the first items, when they came along with the result.
   */
  constructor(
    id: number | undefined,
    limits: () => WaitOptions = () => ({}),
    arrived: readonly T[] = [],
  ) {
    this.#id = id;
    this.#limits = limits;
    this.#arrived = [...arrived];
    this.#open = id !== undefined;
  }

  /** Has anything been asked of it? */
  get begun(): boolean {
    return this.#begun;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T> {
    return this.#here() ?? this.#note(nextCall(this.#id as number, this.#limits()));
  }

  /** All that is left, in one call. */
  rest(): T[] {
    const arrived = this.#takeArrived();
    if (!this.#close()) return arrived;
    return arrived.concat(restCall(this.#id as number, this.#limits()) as T[]);
  }

  return(value?: unknown): IteratorResult<T> {
    this.#takeArrived();
    if (this.#close()) closeCall(this.#id as number);
    return { done: true, value };
  }

  /** The same for coroutines. */
  async *explicit(): AsyncGenerator<T> {
    const id = this.#id as number;
    let done = false;
    try {
      for (;;) {
        const result = await nextCall.async(id, this.#limits());
        done = result.done === true;
        if (done) return;
        yield result.value as T;
      }
    } finally {
      if (!done) await closeCall.async(id);
    }
  }

  /** The next step, when it needs no call. */
  #here(): IteratorResult<T> | undefined {
    this.#begun = true;
    if (this.#arrived.length > 0) return { done: false, value: this.#arrived.shift() as T };
    return this.#open ? undefined : { done: true, value: undefined };
  }

  #takeArrived(): T[] {
    this.#begun = true;
    return this.#arrived.splice(0);
  }

  /** Was it open until now? */
  #close(): boolean {
    const open = this.#open;
    this.#open = false;
    return open;
  }

  #note(result: IteratorResult<unknown>): IteratorResult<T> {
    if (result.done) this.#open = false;
    return result as IteratorResult<T>;
  }

  static {
    setTwin(this.prototype.next, function* (this: RemoteIterator<unknown>) {
      return this.#here() ?? this.#note(yield* twinOf(nextCall)(this.#id, this.#limits()));
    });
    setTwin(this.prototype.rest, function* (this: RemoteIterator<unknown>) {
      const arrived = this.#takeArrived();
      if (!this.#close()) return arrived;
      return arrived.concat(yield* twinOf(restCall)(this.#id, this.#limits()));
    });
    setTwin(this.prototype.return, function* (this: RemoteIterator<unknown>, value?: unknown) {
      this.#takeArrived();
      if (this.#close()) yield* twinOf(closeCall)(this.#id);
      return { done: true, value };
    });
  }
}
