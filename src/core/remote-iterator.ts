/**
 * Async iterables of the hub as iterables of their callers: pulled one item at a time by blocking calls.
 *
 * Invariants: an iterator is known at the hub from the call that returned it until it ends, is closed, or the green
 * thread that it was given to ends; whichever comes first closes the source (its `return()` runs), once.
 */
import { callContext, type Call } from './call.ts';
import { defineBlocking } from './definition.ts';
import { invalidArgument } from './errors.ts';
import type { WaitOptions } from './heap.ts';
import type { Waitable } from './links.ts';
import { setTwin, twinOf } from './twin.ts';

interface Source {
  readonly iterator: AsyncIterator<unknown>;
  /** The call that returned it: its signal stays good for as long as the iterator is in use. */
  readonly call: Call | undefined;
}

const sources = new Map<number, Source>();
let lastId = 0;

/** Keeps an iterator for the caller of the call under way; the number stands for it. */
export function keepIterator(iterator: AsyncIterator<unknown>): number {
  const id = ++lastId;
  const call = callContext();
  sources.set(id, { iterator, call });
  (call?.thread as Waitable | undefined)?.rawLink(() => close(id));
  return id;
}

/** Nobody wants the rest. The signal comes first: an async generator in the middle of a step hears of nothing else. */
function close(id: number): void {
  const source = sources.get(id);
  if (!source) return;
  sources.delete(id);
  source.call?.revoke(new DOMException('The iterator was closed.', 'AbortError'));
  // Its cleanup may take its time, and may fail: there is nobody left to tell.
  source.iterator.return?.().catch(() => {});
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
    return await work(source.iterator);
  } catch (error) {
    sources.delete(id);
    throw error;
  }
}

const nextCall = defineBlocking(
  'iterator.next',
  (id: number, _options: WaitOptions): Promise<IteratorResult<unknown>> =>
    step(id, async (iterator) => {
      const result = await iterator.next();
      if (result.done) sources.delete(id);
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
      sources.delete(id);
      return items;
    }),
  { optionsAt: 1 },
);

const closeCall = defineBlocking('iterator.close', (id: number) => close(id));

/** The caller's side: an iterator whose every step is a blocking call. */
export class RemoteIterator<T> implements IterableIterator<T> {
  readonly #id: number;
  readonly #limits: () => WaitOptions;
  #open = true;
  #begun = false;

  constructor(id: number, limits: () => WaitOptions = () => ({})) {
    this.#id = id;
    this.#limits = limits;
  }

  /** Has anything been asked of it? */
  get begun(): boolean {
    return this.#begun;
  }

  [Symbol.iterator](): this {
    return this;
  }

  next(): IteratorResult<T> {
    if (!this.#ask()) return { done: true, value: undefined };
    return this.#note(nextCall(this.#id, this.#limits()));
  }

  /** All that is left, in one call. */
  rest(): T[] {
    if (!this.#ask()) return [];
    this.#open = false;
    return restCall(this.#id, this.#limits()) as T[];
  }

  return(value?: unknown): IteratorResult<T> {
    if (this.#open) {
      this.#open = false;
      closeCall(this.#id);
    }
    return { done: true, value };
  }

  #ask(): boolean {
    this.#begun = true;
    return this.#open;
  }

  #note(result: IteratorResult<unknown>): IteratorResult<T> {
    if (result.done) this.#open = false;
    return result as IteratorResult<T>;
  }

  static {
    setTwin(this.prototype.next, function* (this: RemoteIterator<unknown>) {
      if (!this.#ask()) return { done: true, value: undefined };
      return this.#note(yield* twinOf(nextCall)(this.#id, this.#limits()));
    });
    setTwin(this.prototype.rest, function* (this: RemoteIterator<unknown>) {
      if (!this.#ask()) return [];
      this.#open = false;
      return yield* twinOf(restCall)(this.#id, this.#limits());
    });
    setTwin(this.prototype.return, function* (this: RemoteIterator<unknown>, value?: unknown) {
      if (this.#open) {
        this.#open = false;
        yield* twinOf(closeCall)(this.#id);
      }
      return { done: true, value };
    });
  }
}
