/**
 * Owns one fiber: a chain of suspended generators, and its place in the world.
 *
 * A fiber is its own waker, so a switch allocates nothing. Invariants: it is in at most one of three places (the run
 * queue, a wait, running); `wake` after the end, or twice for one wait, does nothing; `interrupt` withdraws the wait
 * first, so that what was waited for cannot wake the code that handles the interruption.
 */
import { isThenable, waitForPromise, type Cancel, type Waker } from '../core/wait.ts';
import { captureContext } from './context.ts';
import { Nap } from './nap.ts';
import { S } from './runtime/state.ts';
import { enqueue, type Runnable } from './scheduler.ts';

export interface FiberOptions {
  /** Called once, with the fiber, when `ok`, `value` are set. */
  onDone: (fiber: Fiber) => void;
  /** Whatever the fiber runs for; `currentFiber()` is asked for it. */
  owner?: unknown;
}

interface Waiting {
  begin(waker: Waker<unknown>): Cancel;
}

const PLACE = { ready: 0, waiting: 1, running: 2, done: 3 } as const;
type Place = (typeof PLACE)[keyof typeof PLACE];

let running: Fiber | null = null;

/** The fiber whose code is running in this heap. */
export function currentFiber(): Fiber | null {
  return running;
}

export class Fiber implements Waker<unknown>, Runnable {
  next: Runnable | null = null;
  readonly owner: unknown;
  ok = false;
  /** The result, the error, or what the next step is resumed with. */
  value: unknown = undefined;
  #body: Generator;
  #place: Place = PLACE.waiting;
  #throws = false;
  #cancel: Cancel | Nap | null = null;
  readonly #onDone: (fiber: Fiber) => void;
  #context: ReturnType<typeof captureContext> = null;

  constructor(body: Generator, options: FiberOptions) {
    this.#body = body;
    this.#onDone = options.onDone;
    this.owner = options.owner;
  }

  get done(): boolean {
    return this.#place === PLACE.done;
  }

  /** Has it nothing to do until it is woken? */
  get waiting(): boolean {
    return this.#place === PLACE.waiting;
  }

  /** Lets it begin, later. */
  start(): void {
    this.#context = captureContext();
    this.wake(undefined);
  }

  /** Goes on from a wait that its code has yielded already. */
  adopt(wait: unknown): void {
    this.#park(wait);
  }

  wake(value: unknown): void {
    if (this.#place !== PLACE.waiting) return;
    this.value = value;
    this.#ready();
  }

  fail(error: unknown): void {
    if (this.#place !== PLACE.waiting) return;
    this.value = error;
    this.#throws = true;
    this.#ready();
  }

  #ready(): void {
    this.#place = PLACE.ready;
    this.#cancel = null;
    enqueue(this);
  }

  /**
   * Throws `error` at the yield point where it waits, or where it is about to be resumed. False: it is running, and
   * has no yield point now.
   */
  interrupt(error: unknown): boolean {
    if (this.#place === PLACE.waiting) {
      const cancel = this.#cancel;
      this.#cancel = null;
      if (cancel instanceof Nap) cancel.cancel();
      else cancel?.();
      this.fail(error);
      return true;
    }
    if (this.#place !== PLACE.ready) return false;
    this.value = error;
    this.#throws = true;
    return true;
  }

  /** One stretch, from one yield point to the next. Only the scheduler calls this. */
  run(): void {
    const context = this.#context;
    if (context === null) this.#step();
    else context(() => this.#step());
  }

  #step(): void {
    const { value } = this;
    const depth = S.d;
    const outer = running;
    this.value = undefined;
    this.#place = PLACE.running;
    running = this;
    S.d = 0;
    try {
      let result: IteratorResult<unknown>;
      if (this.#throws) {
        this.#throws = false;
        result = this.#body.throw(value);
      } else result = this.#body.next(value);
      if (result.done === true) this.#finish(true, result.value);
      else this.#park(result.value);
    } catch (error) {
      S.g = null;
      this.#finish(false, error);
    } finally {
      S.d = depth;
      running = outer;
    }
  }

  #park(wait: unknown): void {
    this.#place = PLACE.waiting;
    this.#context = captureContext();
    if (wait instanceof Nap) {
      this.#cancel = wait;
      wait.arm(this);
      return;
    }
    const waiting = isWaiting(wait) ? wait : isThenable(wait) ? waitForPromise(wait) : null;
    if (waiting === null) {
      this.fail(new TypeError('A twin yielded something that is neither a wait nor a promise'));
      return;
    }
    let cancel: Cancel;
    try {
      cancel = waiting.begin(this);
    } catch (error) {
      this.fail(error);
      return;
    }
    // Woken already: the wait is over, and its cancel with it.
    if (this.#place === PLACE.waiting) this.#cancel = cancel;
  }

  #finish(ok: boolean, value: unknown): void {
    this.#place = PLACE.done;
    this.ok = ok;
    this.value = value;
    this.#body = null as never;
    this.#onDone(this);
  }
}

function isWaiting(value: unknown): value is Waiting {
  return typeof value === 'object' && value !== null && typeof (value as Waiting).begin === 'function';
}
