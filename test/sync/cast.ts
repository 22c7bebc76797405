/**
 * Waiters of all kinds for the property tests, each of which does one thing at a time: worker green threads, fibers and
 * coroutines. They are told what to do, and what came of it is noted under a number.
 */
import * as coppice from 'coppice';
import { Queue, spawn, wrap, type GreenThread } from 'coppice';
import { fixture } from '../support.ts';
// @ts-expect-error -- plain JavaScript, as Workers load it
import * as servants from '../fixtures/sync/servant.js';

const { seen, failure } = servants as {
  seen(value: unknown): unknown;
  failure(error: unknown): unknown;
};

export const KINDS = ['worker', 'worker', 'fiber', 'coroutine'] as const;
export type Kind = (typeof KINDS)[number];
/** At most so many of a kind at a time. */
export const MOST = 4;

const TWIN = Symbol.for('coppice.twin');
type Suspended = Generator<unknown, unknown, unknown>;
type Callable = ((...args: unknown[]) => unknown) & { [TWIN]?: (...args: unknown[]) => Suspended };

/** An object and a method, or a function by its name in servant.js. */
export type Order = readonly [object: object | null, method: string, ...args: unknown[]];

const faces = coppice as unknown as Record<string, Callable>;

const occupies = fixture('sync/occupies.js');

/** What is made of several calls, as a fiber does it. What a Worker does is in servant.js. */
const inFiber: Record<string, (...args: never[]) => Suspended> = {
  *count(...args: Parameters<typeof coppice.asCompleted>) {
    let count = 0;
    const all = coppice.asCompleted(...args);
    while (!((yield* suspended([all, 'next'])) as IteratorResult<unknown>).done) count++;
    return count;
  },
  *occupy(pool: coppice.Pool, semaphore: object, options?: object) {
    yield* suspended([options ? pool.with(options) : pool, 'spawn', occupies, semaphore]);
  },
  *waitHolding(condition: coppice.Condition, options?: object) {
    yield* suspended([condition.lock, 'acquire']);
    try {
      return yield* suspended([condition, 'wait', options]);
    } finally {
      condition.lock.release();
    }
  },
  *waitKeeping(condition: coppice.Condition, options?: object) {
    yield* suspended([condition.lock, 'acquire']);
    try {
      return yield* suspended([condition, 'wait', options]);
    } catch (error) {
      condition.lock.release();
      throw error;
    }
  },
};

/** And as a coroutine does it. */
const inCoroutine: Record<string, (...args: never[]) => Promise<unknown>> = {
  async count(...args: Parameters<typeof coppice.asCompletedAsync>) {
    let count = 0;
    for await (const _ of coppice.asCompletedAsync(...args)) count++;
    return count;
  },
  async occupy(pool: coppice.Pool, semaphore: object, options: object) {
    await pool.with(options).spawnAsync(occupies, semaphore);
  },
  async waitHolding(condition: coppice.Condition, options?: object) {
    await condition.lock.acquireAsync();
    try {
      return await condition.waitAsync(options);
    } finally {
      condition.lock.release();
    }
  },
  async waitKeeping(condition: coppice.Condition, options: coppice.WaitOptions) {
    await condition.lock.acquireAsync({ signal: options.signal });
    try {
      return await condition.waitAsync(options);
    } catch (error) {
      condition.lock.release();
      throw error;
    }
  },
  async notifyHolding(condition: coppice.Condition, count: number) {
    await condition.withAsync(() => condition.notify(count));
  },
};

/** As compiled code calls it. */
function* suspended([object, method, ...args]: Order): Suspended {
  const made = object ? undefined : inFiber[method];
  if (made) return yield* made(...(args as never[]));
  const callable = ((object ?? faces) as Record<string, Callable>)[method] as Callable;
  const twin = callable[TWIN];
  return twin ? yield* Reflect.apply(twin, object, args) : Reflect.apply(callable, object, args);
}

async function awaited([object, method, ...args]: Order): Promise<unknown> {
  const made = object ? undefined : inCoroutine[method];
  if (made) return made(...(args as never[]));
  const from = (object ?? faces) as Record<string, Callable>;
  return Reflect.apply((from[`${method}Async`] ?? from[method]) as Callable, object, args);
}

export interface Servant {
  readonly kind: Kind;
  /** Under which name it owns something: coroutines are all the main program. */
  readonly owner: number;
  tell(id: number, order: Order): void;
  /** Ends it where it waits. */
  kill(): Promise<void>;
}

export const MAIN = 0;
let lastOwner = MAIN;
const jobs = wrap(fixture('sync/servant.js'));

export class Cast {
  readonly ended = new Map<number, unknown>();
  readonly #answers = new Queue<[number, unknown]>();
  readonly #busy = new Map<number, Servant>();
  readonly #idle: Servant[] = [];
  readonly #all = new Set<Servant>();
  #last = -1;

  /** Somebody of this kind who has nothing to do and is none of these; another kind when there is none to be had. */
  free(kind: Kind, not: ReadonlySet<Servant> = new Set()): Servant {
    const idle = this.#idle.find((one) => one.kind === kind && !not.has(one));
    if (idle) return idle;
    if (kind === 'worker' && [...this.#all].filter((one) => one.kind === kind).length >= MOST)
      return this.free('fiber', not);
    const made = {
      worker: () => this.#worker(),
      fiber: () => this.#fiber(),
      coroutine: () => this.#coroutine(),
    }[kind]();
    this.#all.add(made);
    this.#idle.push(made);
    return made;
  }

  /** The number of the next thing that somebody is told. */
  get next(): number {
    return this.#last + 1;
  }

  /** Who owns what is owned under this name. */
  owner(owner: number): Servant {
    return [...this.#all].find((one) => one.owner === owner) as Servant;
  }

  /** @returns the number under which its end is noted. */
  tell(servant: Servant, order: Order): number {
    const id = ++this.#last;
    this.#idle.splice(this.#idle.indexOf(servant), 1);
    this.#busy.set(id, servant);
    servant.tell(id, order);
    return id;
  }

  async kill(id: number): Promise<void> {
    await this.startKill(id);
    this.ended.set(id, 'killed');
  }

  /** Begins to kill; its end is not noted. @returns when it is gone, before which it may have to wait. */
  startKill(id: number): Promise<void> {
    const servant = this.#busy.get(id) as Servant;
    this.#busy.delete(id);
    this.#all.delete(servant);
    return servant.kill();
  }

  /** Takes in what was answered. */
  listen(): void {
    for (let answer = this.#answers.tryGet(); answer; answer = this.#answers.tryGet())
      this.#done(...answer);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#all].map((servant) => servant.kill()));
  }

  #done(id: number, value: unknown): void {
    const servant = this.#busy.get(id);
    if (!servant) return;
    this.ended.set(id, value);
    this.#idle.push(servant);
    this.#busy.delete(id);
  }

  #thread(kind: Kind, thread: GreenThread): Servant {
    return {
      kind,
      owner: ++lastOwner,
      tell: (id, order) => thread.send([id, ...order]),
      kill: async () => {
        await thread.killAsync();
      },
    };
  }

  #worker(): Servant {
    return this.#thread('worker', jobs['servant']!(this.#answers));
  }

  #fiber(): Servant {
    const done = (id: number, value: unknown): void => this.#done(id, value);
    const target = (): void => {};
    Object.defineProperty(target, TWIN, {
      *value(): Suspended {
        for (;;) {
          const [id, ...order] = (yield* suspended([null, 'receive'])) as [number, ...Order];
          try {
            done(id, seen(yield* suspended(order)));
          } catch (error) {
            done(id, failure(error));
          }
        }
      },
    });
    return this.#thread('fiber', spawn(target));
  }

  #coroutine(): Servant {
    let controller: AbortController | undefined;
    return {
      kind: 'coroutine',
      owner: MAIN,
      tell: (id, order) => {
        const limits = (controller = new AbortController());
        const end = (value: unknown): void => this.#done(id, value);
        void awaited(withSignal(order, limits.signal)).then(
          (value) => end(seen(value)),
          (error: unknown) => {
            if (!limits.signal.aborted) end(failure(error));
          },
        );
      },
      kill: async () => {
        controller?.abort(new Error('killed'));
        await new Promise(setImmediate);
      },
    };
  }
}

/** A coroutine is killed by its signal. */
function withSignal(order: Order, signal: AbortSignal): Order {
  const last = order.at(-1);
  const hasOptions = typeof last === 'object' && last !== null && 'timeout' in last;
  if (/^(release|notify|set|clear|abort|reset|close)/.test(order[1])) return order;
  return hasOptions
    ? ([...order.slice(0, -1), { ...last, signal }] as unknown as Order)
    : [...order, { signal }];
}
