/**
 * Timeouts with identity (gevent's rules): a `Timeout` starts to count when it is made, and when it fires in a wait of
 * its green thread it is thrown as that very object, so that nested and outer ones can be told apart.
 *
 * Invariants: a timeout fires at most once; a closed one never fires; the earliest deadline fires first, and of equal
 * deadlines the outer one (made first), because it ends more. Each green thread has one scope; a way of waiting asks
 * it before and after each wait.
 */
import { clock } from './clock.ts';
import { CoppiceError, checkMilliseconds, checkOptions } from './errors.ts';
import { heap } from './heap.ts';

/** The timeouts that are running in one green thread, in the order in which they were made. */
export class TimeoutScope {
  readonly #active = new Set<Timeout>();

  has(timeout: Timeout): boolean {
    return this.#active.has(timeout);
  }

  add(timeout: Timeout): void {
    this.#active.add(timeout);
  }

  remove(timeout: Timeout): void {
    this.#active.delete(timeout);
  }

  /** The timeout that will fire first, if any is running. */
  get next(): Timeout | undefined {
    if (this.#active.size === 0) return undefined;
    let next: Timeout | undefined;
    for (const timeout of this.#active)
      if (!next || timeout.deadline < next.deadline) next = timeout;
    return next;
  }

  /** Forgets all: for a worker that is about to be reused. */
  clear(): void {
    // To clear a set makes a new table, also for an empty one.
    if (this.#active.size > 0) this.#active.clear();
  }
}

let count = 0;
// Told apart across heaps too: a Timeout that went to another thread and back is still owned by its original.
const heapName = Math.random().toString(36).slice(2);

/**
 * A limit on what the current green thread does from here on: thrown in its next wait, or the one under way, when the
 * time is over. In an async function that runs as a worker green thread, that is every await of an async face under way
 * there; one coroutine among several, and any on the main thread, is limited by `withTimeoutAsync` instead. What an async
 * function on the main thread begins to wait for right after it made one throws `ERR_COPPICE_TIMEOUT_IN_COROUTINE`.
 *
 * Follows gevent's `Timeout`.
 *
 * @example
 * using timeout = new Timeout(1_000);
 * try {
 *   fetchSync(url);
 * } catch (error) {
 *   if (!timeout.owns(error)) throw error;
 * }
 */
export class Timeout extends CoppiceError implements Disposable {
  /** How long it was set for, in milliseconds. */
  readonly ms: number;
  /** When it fires, on the installed clock. */
  readonly deadline: number;
  /** Does `withTimeout` swallow it? */
  readonly silent: boolean;
  readonly #custom: unknown;
  readonly #scope: TimeoutScope;
  /** The same for every copy of this timeout in other heaps. */
  readonly timeoutId: string;

  /**
   * @param ms milliseconds, 0 or more; `Infinity` never fires.
   * @param options.error thrown instead of this object.
   * @param options.silent `withTimeout` returns `undefined` when this fires.
   */
  constructor(
    ms: number,
    options: { error?: unknown; silent?: boolean; scope?: TimeoutScope } = {},
  ) {
    checkMilliseconds(ms, 'A timeout');
    checkOptions(options, 'a Timeout', ['error', 'silent']);
    super(
      'ERR_COPPICE_TIMEOUT',
      `Timed out after ${ms} ms. Give it more time, or catch this error.`,
    );
    this.ms = ms;
    this.silent = options.silent ?? false;
    this.deadline = clock().now() + ms;
    this.timeoutId = `${heapName}-${++count}`;
    this.#custom = options.error;
    this.#scope = options.scope ?? heap.timeouts();
    for (const key of ['deadline', 'silent', 'timeoutId']) {
      Object.defineProperty(this, key, { enumerable: key === 'timeoutId' });
    }
    this.#scope.add(this);
  }

  /** What is thrown when this fires: this object, or the error it was given. */
  get thrown(): unknown {
    return #custom in this ? (this.#custom ?? this) : this;
  }

  /** Is `error` this timeout's doing? Also true for a copy that has been through another thread. */
  owns(error: unknown): boolean {
    if (error === this) return true;
    // A copy that has been through another thread has no private part.
    if (#custom in this && this.#custom !== undefined && error === this.#custom) return true;
    return isTimeout(error) && error.timeoutId === this.timeoutId;
  }

  /** Stops counting. A copy that has been through another thread counts nowhere. */
  close(): void {
    if (#scope in this) this.#scope.remove(this);
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Outside the class: a class that names itself inside its own body is renamed by the bundler, and `name` shows it. */
function isTimeout(error: unknown): error is Timeout {
  return error instanceof Timeout;
}

/** A timeout for one call: an object to throw, counting nowhere. */
export function timeoutError(ms: number): Timeout {
  return new Timeout(ms, { scope: new TimeoutScope() });
}
