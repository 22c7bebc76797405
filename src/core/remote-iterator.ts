/**
 * Async iterables of the hub as iterables of their callers: pulled one item at a time by blocking calls.
 *
 * Invariants: an iterator is known where it was opened (the hub, or synckit's worker) from the call that returned it
 * until it ends, is closed, or the green thread that it was given to ends; whichever comes first closes the source (its
 * `return()` runs), once. Only where it was opened can it be stepped, and no two heaps give out the same name. Closing
 * is no yield point: whatever is due then is thrown at the next one, and nobody waits for the source's own cleanup.
 */
import { unlimited } from './ambient.ts';
import { callContext, inCall, type Call } from './call.ts';
import { defineBlocking, facesOf, type BlockingFunction } from './definition.ts';
import { invalidArgument } from './errors.ts';
import { heap, type WaitOptions } from './heap.ts';
import type { Waitable } from './links.ts';
import { setTwin, twinOf } from './twin.ts';

interface Source {
  readonly iterator: AsyncIterator<unknown>;
  /** The call that returned it: its signal stays good for as long as the iterator is in use. */
  readonly call: Call | undefined;
  /** Closes it; linked to the end of the green thread that it was given to. */
  readonly onThreadEnd: () => void;
}

/** Stands for an iterator that is kept somewhere. */
export type IteratorId = string;

const sources = new Map<IteratorId, Source>();
const HERE = `${Math.random().toString(36).slice(2)}-`;
let lastId = 0;

/** Keeps an iterator for the caller of the call, by default the one under way; the name stands for it. */
export function keepIterator(
  iterator: AsyncIterator<unknown>,
  call: Call | undefined = callContext(),
): IteratorId {
  const id = `${HERE}${++lastId}`;
  const onThreadEnd = (): void => close(id);
  sources.set(id, { iterator, call, onThreadEnd });
  threadOf(call)?.rawLink(onThreadEnd);
  return id;
}

function threadOf(call: Call | undefined): Waitable | undefined {
  return call?.thread as Waitable | undefined;
}

/** Is it kept in this very heap? */
function isHere(id: IteratorId): boolean {
  return id.startsWith(HERE);
}

function forget(id: IteratorId): Source | undefined {
  const source = sources.get(id);
  sources.delete(id);
  if (source) threadOf(source.call)?.rawUnlink(source.onThreadEnd);
  return source;
}

/** Nobody wants the rest. The signal comes first: an async generator in the middle of a step hears of nothing else. */
function close(
  id: IteratorId,
  reason: unknown = new DOMException('The iterator was closed.', 'AbortError'),
): void {
  const source = forget(id);
  if (!source) return;
  source.call?.revoke(reason);
  // Its cleanup may take its time, and may fail: there is nobody left to tell, and no limit of who left it counts.
  unlimited(() => inCall(source.call, async () => source.iterator.return?.())).catch(() => {});
}

/** Runs a step of an iterator; when the step's own call is aborted, the iterator is closed. */
async function step<R>(
  id: IteratorId,
  work: (iterator: AsyncIterator<unknown>) => Promise<R>,
): Promise<R> {
  const source = sources.get(id);
  if (!source) {
    throw invalidArgument(
      'This iterator is closed: it ends with its loop, and with the green thread that got it.',
    );
  }
  const signal = callContext()?.signal;
  signal?.addEventListener('abort', () => close(id, signal.reason), { once: true });
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
  (id: IteratorId, _options: WaitOptions): Promise<IteratorResult<unknown>> =>
    step(id, async (iterator) => {
      const result = await iterator.next();
      if (result.done) forget(id);
      return result;
    }),
  { optionsAt: 1 },
);

const restCall = defineBlocking(
  'iterator.rest',
  (id: IteratorId, _options: WaitOptions): Promise<unknown[]> =>
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

const closeCall = defineBlocking('iterator.close', (id: IteratorId) => close(id), {
  uninterrupted: true,
});

/** A step of this heap's own iterator in code that cannot be set aside: only the loop that it would block could do it. */
const impossible = facesOf<[], never>({
  name: 'iterator.next',
  hubOnly: true,
  asyncName: 'each step of the Async face (for await)',
  implementation: () => {
    throw invalidArgument('A step of an iterator was performed as a call of its own.');
  },
});

type Step<R> = BlockingFunction<[id: IteratorId, options: WaitOptions], R>;

/** Performs a step for code that stands still meanwhile. */
function perform<R>(call: Step<R>, id: IteratorId, limits: WaitOptions): R {
  return isHere(id) ? impossible() : call(id, limits);
}

/** The same for a fiber. What another instance of a module has opened, in synckit's worker, is stepped there. */
function* suspend<R>(call: Step<R>, id: IteratorId, limits: WaitOptions): Generator<unknown, R> {
  if (heap.way.kind === 'main' && !isHere(id)) return call(id, limits);
  return yield* twinOf(call)(id, limits);
}

/** Closes it wherever it is. Nothing to wait for: a Worker's hub does it in the turn in which it is told. */
export function closeAnywhere(id: IteratorId): void {
  if (isHere(id)) close(id);
  else closeCall(id);
}

/** The caller's side: an iterator whose every step is a blocking call. */
export class RemoteIterator<T> implements IterableIterator<T> {
  readonly #id: IteratorId | undefined;
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
    id: IteratorId | undefined,
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
    const here = this.#here();
    if (here) return here;
    try {
      return this.#note(perform(nextCall, this.#id as IteratorId, this.#limits()));
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** All that is left, in one call. */
  rest(): T[] {
    const arrived = this.#takeArrived();
    if (!this.#open) return arrived;
    try {
      const rest = perform(restCall, this.#id as IteratorId, this.#limits()) as T[];
      this.#open = false;
      return arrived.concat(rest);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  return(value?: unknown): IteratorResult<T> {
    this.#takeArrived();
    this.#close();
    return { done: true, value };
  }

  /** The same for coroutines. */
  async *explicit(): AsyncGenerator<T> {
    const id = this.#id as IteratorId;
    let done = false;
    try {
      for (;;) {
        const result = await nextCall.async(id, this.#limits());
        done = result.done === true;
        if (done) return;
        yield result.value as T;
      }
    } finally {
      if (!done) closeAnywhere(id);
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

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    closeAnywhere(this.#id as IteratorId);
  }

  /**
   * A step threw. No loop closes an iterator that threw, so it does that itself: the source may know nothing of it, when
   * an item could not be sent, or a kill came first.
   */
  #failed(error: unknown): unknown {
    this.#close();
    return error;
  }

  #note(result: IteratorResult<unknown>): IteratorResult<T> {
    if (result.done) this.#open = false;
    return result as IteratorResult<T>;
  }

  static {
    setTwin(this.prototype.next, function* (this: RemoteIterator<unknown>) {
      const here = this.#here();
      if (here) return here;
      try {
        return this.#note(yield* suspend(nextCall, this.#id as IteratorId, this.#limits()));
      } catch (error) {
        throw this.#failed(error);
      }
    });
    setTwin(this.prototype.rest, function* (this: RemoteIterator<unknown>) {
      const arrived = this.#takeArrived();
      if (!this.#open) return arrived;
      try {
        const rest = yield* suspend(restCall, this.#id as IteratorId, this.#limits());
        this.#open = false;
        return arrived.concat(rest);
      } catch (error) {
        throw this.#failed(error);
      }
    });
  }
}
