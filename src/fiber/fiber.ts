/**
 * Owns one fiber: a chain of suspended generators, and its place in the world.
 *
 * A fiber is its own waker, so a switch allocates nothing. Invariants: it is in at most one of three places (the run
 * queue, a wait, running); `wake` after the end, or twice for one wait, does nothing and says so, so that the giver
 * keeps what it wanted to hand over. An interruption withdraws the wait first, so that what was waited for cannot wake
 * the code that handles it; when the fiber has been woken already, what it was given is kept and the interruption stays
 * for the next yield point; one that is ended by force then gives it back. A wait that can only be asked to end goes on until it does, either way.
 */
import { captureContext, contextInUse, rootContext, type Context } from '../core/async-context.ts';
import { taskThread } from '../core/call.ts';
import { Nap } from '../core/nap.ts';
import { Probe } from '../core/probe.ts';
import type { TimeoutScope } from '../core/timeout.ts';
import { Waiter } from '../core/wait-queue.ts';
import { frameCount } from '../core/user-frames.ts';
import { ASKED, isThenable, Wait, waitForPromise, type Cancel, type Waker } from '../core/wait.ts';
import { S } from './runtime/state.ts';
import { enqueue, sliceBegan, type Runnable } from './scheduler.ts';

interface Waiting {
  begin(waker: Waker<unknown>): Cancel;
}

interface Interruption {
  readonly error: unknown;
  /** Does it still count? */
  readonly valid: () => boolean;
}

/** Waits that are begun by `arm`. */
type Usual = Nap | Waiter<unknown, unknown>;

const PLACE = { ready: 0, waiting: 1, running: 2, done: 3 } as const;
type Place = (typeof PLACE)[keyof typeof PLACE];

let running: Fiber | null = null;

/** The fiber whose code is running in this heap. */
export function currentFiber(): Fiber | null {
  return running;
}

/** Whom the running code belongs to: the owner of the fiber, or of the async function that was spawned as one. */
export function currentOwner(): unknown {
  return running === null ? taskThread() : running.owner;
}

const always = (): boolean => true;

/** Times count from here, so that they are small numbers. */
const ORIGIN = Date.now();

/**
 * What it is for is said by who extends it. There may be a million, so each field that a thread can do without counts;
 * times are whole milliseconds, which V8 keeps in the object itself.
 */
export abstract class Fiber implements Waker<unknown>, Runnable {
  next: Runnable | null = null;
  ok = false;
  /** The result, the error, or what the next step is resumed with. */
  value: unknown = undefined;
  /** Its running timeouts; made when the first one is. */
  timeouts: TimeoutScope | null = null;
  /** Its last sleep, which the next one can use again. */
  lastNap: Nap | null = null;
  #body: Generator | null;
  #place: Place = PLACE.waiting;
  #throws = false;
  /** How to withdraw the wait. The usual ones stand for their own cancel, so that waiting makes no closure. */
  #cancel: Cancel | Usual | typeof ASKED | null = null;
  /** What it waits for, or waited for last. */
  #wait: unknown = null;
  #since = 0;
  #pending: Interruption[] | null = null;
  #context: Context = rootContext;

  /** @param body null when `begin` is to make it. */
  constructor(body: Generator | null) {
    this.#body = body;
  }

  /** Whatever it runs for; `currentFiber()` is asked for it. */
  abstract get owner(): unknown;

  /** Makes the body, in the first step; null when it is not to begin. */
  protected begin(): Generator | null {
    return null;
  }

  /** What is still to be done when its code has returned `value`; null when that is the end. */
  protected rest(_value: unknown): Generator | null {
    return null;
  }

  /** Called once, when `ok` and `value` are set. */
  protected abstract ended(): void;

  get done(): boolean {
    return this.#place === PLACE.done;
  }

  /** Has it nothing to do until it is woken? */
  get waiting(): boolean {
    return this.#place === PLACE.waiting;
  }

  /** What it waits for, and since when (milliseconds since the epoch, to the scheduler's slice). */
  get blockedIn(): { readonly wait: unknown; readonly since: number } | undefined {
    return this.waiting ? { wait: this.#wait, since: ORIGIN + this.#since } : undefined;
  }

  /** The frames of its code where it waits; `undefined` when that cannot be told. */
  get frames(): string | undefined {
    const wait = this.#wait;
    if (!this.waiting || !(wait instanceof Wait) || !wait.yielded) return undefined;
    const probe = new Probe(frameCount());
    this.#body?.throw(probe);
    return probe.frames;
  }

  /** Its outermost generator, while it waits. */
  get suspended(): Generator | undefined {
    return this.#body ?? undefined;
  }

  /** Lets it begin, later. */
  resume(): void {
    this.#context = captureContext();
    this.wake(undefined);
  }

  /** Goes on from a wait that its code has yielded already. */
  adopt(wait: unknown): void {
    this.#context = captureContext();
    this.#park(wait);
  }

  wake(value: unknown): boolean {
    if (this.#place !== PLACE.waiting) return false;
    this.value = value;
    this.#ready();
    return true;
  }

  fail(error: unknown): void {
    if (this.#place !== PLACE.waiting) return;
    // Asked to end, it did: what it was asked for is the oldest interruption. Had it been woken, that would stay.
    this.value = this.#cancel === ASKED ? this.#pending!.shift()!.error : error;
    this.#throws = true;
    this.#ready();
  }

  #ready(): void {
    this.#place = PLACE.ready;
    this.#cancel = null;
    enqueue(this);
  }

  /** Throws `error` at the yield point where it waits, or else at the next one, if it is `valid` then. */
  interrupt(error: unknown, valid: () => boolean = always): void {
    if (this.#place === PLACE.waiting && this.#cancelWait()) this.fail(error);
    else if (this.#place !== PLACE.done) (this.#pending ??= []).push({ error, valid });
  }

  /** @returns is the wait over? Else it has been asked to end. */
  #cancelWait(): boolean {
    const cancel = this.#cancel;
    if (cancel === ASKED) return false;
    this.#cancel = null;
    if (typeof cancel !== 'function') cancel?.cancel();
    else if (cancel() === ASKED) this.#cancel = ASKED;
    return this.#cancel === null;
  }

  /** Never runs again, not even its finally blocks. What it was woken with goes back to whoever gave it. */
  abandon(): void {
    const place = this.#place;
    if (place === PLACE.done || place === PLACE.running) return;
    this.#place = PLACE.done;
    this.#body = null;
    if (place === PLACE.waiting) this.#cancelWait();
    else if (!this.#throws) this.#giveBack();
  }

  /** In its own name: what it was given may be its own by now. */
  #giveBack(): void {
    const { value } = this;
    const wait = this.#wait;
    const outer = running;
    this.value = undefined;
    running = this;
    try {
      if (wait instanceof Wait) wait.reclaim(value);
    } finally {
      running = outer;
    }
  }

  /** One stretch, from one yield point to the next. Only the scheduler calls this. */
  run(): void {
    if (this.#place !== PLACE.ready) return;
    if (contextInUse()) this.#context(() => this.#step());
    else this.#step();
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
      if (this.#body === null && !this.#begin()) return;
      let result: IteratorResult<unknown>;
      if (this.#throws) {
        this.#throws = false;
        result = this.#body!.throw(value);
      } else result = this.#body!.next(value);
      if (result.done === true) {
        const rest = this.rest(result.value);
        if (rest !== null) result = (this.#body = rest).next();
      }
      if (result.done === true) this.#finish(true, result.value);
      else {
        // What this stretch stored stays with the fiber, and with nobody else.
        this.#context = contextInUse() ? captureContext() : rootContext;
        this.#park(result.value);
      }
    } catch (error) {
      S.g = null;
      this.#finish(false, error);
    } finally {
      S.d = depth;
      running = outer;
    }
  }

  #begin(): boolean {
    const body = this.begin();
    if (body === null) this.#place = PLACE.done;
    else this.#body = body;
    return body !== null;
  }

  #park(wait: unknown): void {
    this.#place = PLACE.waiting;
    if (this.#pending !== null && this.#takePending()) return;
    this.#wait = wait;
    this.#since = sliceBegan() - ORIGIN;
    if (wait instanceof Waiter || wait instanceof Nap) {
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

  /** Throws the oldest interruption that still counts, if there is one. */
  #takePending(): boolean {
    const pending = this.#pending as Interruption[];
    while (pending.length > 0) {
      const { error, valid } = pending.shift() as Interruption;
      if (!valid()) continue;
      this.fail(error);
      return true;
    }
    this.#pending = null;
    return false;
  }

  #finish(ok: boolean, value: unknown): void {
    this.#place = PLACE.done;
    this.#wait = null;
    this.ok = ok;
    this.value = value;
    this.#body = null;
    this.ended();
  }
}

/** A fiber that tells a function of its end. */
export class CallbackFiber extends Fiber {
  readonly owner: unknown;
  readonly #onDone: (fiber: Fiber) => void;

  constructor(body: Generator, onDone: (fiber: Fiber) => void, owner?: unknown) {
    super(body);
    this.owner = owner;
    this.#onDone = onDone;
  }

  protected override ended(): void {
    this.#onDone(this);
  }
}

function isWaiting(value: unknown): value is Waiting {
  return (
    typeof value === 'object' && value !== null && typeof (value as Waiting).begin === 'function'
  );
}
