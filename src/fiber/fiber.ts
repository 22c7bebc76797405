/**
 * Owns one fiber: a chain of suspended generators, and its place in the world.
 *
 * A fiber is its own waker, so a switch allocates nothing. Invariants: it is in at most one of three places (the run
 * queue, a wait, running); `wake` after the end, or twice for one wait, does nothing and says so, so that the giver
 * keeps what it wanted to hand over. An interruption withdraws the wait first, so that what was waited for cannot wake
 * the code that handles it; when the fiber has been woken already, what it was given is kept and the interruption stays
 * for the next yield point; one that is ended by force then gives it back. A wait that can
 * only be asked to end goes on until it does, either way.
 *
 * There may be a million, so each field that a fiber can do without counts. Hence numbers that V8 keeps in the object
 * itself, and static methods for private ones: V8 marks each object of a class that has private methods, by a field.
 *
 * Past 400 lines because each way into and out of a wait moves the same few fields.
 */
import { capturedSparingly, placeOf } from '../core/awaited.ts';
import { captureContext, contextInUse, rootContext, type Context } from '../core/async-context.ts';
import { taskThread } from '../core/call.ts';
import { Nap } from '../core/nap.ts';
import { Probe } from '../core/probe.ts';
import { givingBack, nextGiven, wholeGiven } from '../core/returned.ts';
import type { TimeoutScope } from '../core/timeout.ts';
import { Waiter } from '../core/wait-queue.ts';
import type { PendingWait } from '../hub/blockable.ts';
import { noteBlocked } from '../hub/deadlock.ts';
import { frameCount } from '../core/user-frames.ts';
import { pendingOf } from './pending-wait.ts';
import { ASKED, isThenable, Wait, waitForPromise, type Cancel, type Waker } from '../core/wait.ts';
import type { Twin } from '../core/twin.ts';
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

/** Waits that stand for their own cancel, so that waiting makes no closure; they are begun by `arm`. */
const isUsual = (wait: unknown): wait is Nap | Waiter<unknown, unknown> =>
  wait instanceof Waiter || wait instanceof Nap;

const PLACE = {
  /** In the run queue, to go on with `value`. */
  ready: 0,
  /** In the run queue, to throw `value`. */
  failing: 1,
  waiting: 2,
  running: 3,
  /** Ended, with `value` as its result. */
  returned: 4,
  /** Ended, with `value` as its error, or abandoned. */
  threw: 5,
} as const;
type Place = (typeof PLACE)[keyof typeof PLACE];

/** What few fibers have. */
interface Rare {
  timeouts: TimeoutScope | null;
  pending: Interruption[] | null;
  /** How to withdraw a wait that is none of the usual ones, which stand for their own cancel. */
  cancel: Cancel | typeof ASKED | null;
  /** What its code has stored in `AsyncLocalStorage`, once anybody has stored anything. */
  context: Context | null;
}

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

const DAY = 86_400_000;

/** Milliseconds since the epoch, from their lower 32 bits: of the last seven weeks, or a little in the future. */
function wholeTime(lower: number): number {
  const now = Date.now();
  const ago = (now - lower) | 0;
  return now - (ago < -DAY ? ago + 2 ** 32 : ago);
}

/** What it is for is said by who extends it. */
export abstract class Fiber implements Waker<unknown>, Runnable {
  next: Runnable | null = null;
  /** The result, the error, or what the next step is resumed with: the first one, the arguments of what makes it. */
  value: unknown;
  /** Until the first step: what makes it. */
  #body: Generator | Twin | null;
  #place: Place = PLACE.waiting;
  /** What it waits for, or waited for last. */
  #wait: unknown = null;
  /** While it waits, since when; when it has been woken, the number of what it was given: the lower 32 bits. */
  #since = 0;
  #rare: Rare | null = null;

  /** @param args of what makes the body. */
  constructor(body: Generator | Twin, args?: readonly unknown[]) {
    this.#body = body;
    this.value = args;
  }

  /** Whatever it runs for; `currentFiber()` is asked for it. */
  abstract get owner(): unknown;

  /** Makes the body, in the first step; null when it is not to begin. */
  protected begin(make: Twin, args: readonly unknown[]): Generator | null {
    return Reflect.apply(make, undefined, args);
  }

  /** What is still to be done when its code has returned `value`; null when that is the end. */
  protected rest(_value: unknown): Generator | null {
    return null;
  }

  /** Called once, when `ok` and `value` are set. */
  protected abstract ended(): void;

  get done(): boolean {
    return this.#place >= PLACE.returned;
  }

  /** Has it returned? */
  get ok(): boolean {
    return this.#place === PLACE.returned;
  }

  /** Has it nothing to do until it is woken? */
  get waiting(): boolean {
    return this.#place === PLACE.waiting;
  }

  /** What it waits for. */
  get blockedIn(): unknown {
    return this.waiting ? this.#wait : undefined;
  }

  /** Since when, in milliseconds since the epoch, to the scheduler's slice. */
  get blockedSince(): number {
    return wholeTime(this.#since);
  }

  /** Its running timeouts; made when the first one is. */
  get timeouts(): TimeoutScope | null {
    return this.#rare === null ? null : this.#rare.timeouts;
  }

  set timeouts(timeouts: TimeoutScope | null) {
    Fiber.#rareOf(this).timeouts = timeouts;
  }

  static #rareOf(fiber: Fiber): Rare {
    return (fiber.#rare ??= { timeouts: null, pending: null, cancel: null, context: null });
  }

  /** What it can yield to sleep: its last wait again, if that was a sleep and is over. */
  nap(ms: number): Nap {
    const wait = this.#wait;
    return wait instanceof Nap && wait.over ? wait.again(ms) : new Nap(ms);
  }

  /** The frames of its code where it waits; `undefined` when that cannot be told. */
  get frames(): string | undefined {
    const wait = this.blockedIn;
    if (!(wait instanceof Wait || wait instanceof Nap) || !wait.yielded) return undefined;
    const probe = new Probe(frameCount());
    this.suspended?.throw(probe);
    return probe.frames;
  }

  /** Its outermost generator, while it waits. */
  get suspended(): Generator | undefined {
    return typeof this.#body === 'function' ? undefined : (this.#body ?? undefined);
  }

  /** What its stretch has stored stays with the fiber, and with nobody else. */
  static #keepContext(fiber: Fiber): void {
    if (contextInUse()) Fiber.#rareOf(fiber).context = captureContext();
  }

  /** Lets it begin, later. */
  resume(): void {
    Fiber.#keepContext(this);
    Fiber.#enqueue(this, PLACE.ready);
  }

  /** Goes on from a wait that its code has yielded already. */
  adopt(wait: unknown): void {
    Fiber.#keepContext(this);
    Fiber.#park(this, wait);
    this.#since = Date.now() | 0;
  }

  wake(value: unknown): boolean {
    if (this.#place !== PLACE.waiting) return false;
    this.value = value;
    this.#since = nextGiven() | 0;
    Fiber.#enqueue(this, PLACE.ready);
    return true;
  }

  fail(error: unknown): void {
    if (this.#place !== PLACE.waiting) return;
    // Asked to end, it did: what it was asked for is the oldest interruption. Had it been woken, that would stay.
    const rare = this.#rare;
    if (rare !== null && rare.cancel === ASKED) {
      const asked = rare.pending!.shift() as Interruption;
      asked.valid();
      this.value = asked.error;
    } else this.value = error;
    Fiber.#enqueue(this, PLACE.failing);
  }

  static #enqueue(fiber: Fiber, place: typeof PLACE.ready | typeof PLACE.failing): void {
    fiber.#place = place;
    if (fiber.#rare !== null) fiber.#rare.cancel = null;
    enqueue(fiber);
  }

  /** Throws `error` at the yield point where it waits, or else at the next one, if it is `valid` when it comes to that. */
  interrupt(error: unknown, valid: () => boolean = always): void {
    if (this.#place === PLACE.waiting && Fiber.#cancelWait(this, error)) {
      this.fail(error);
      valid();
    } else if (!this.done) (Fiber.#rareOf(this).pending ??= []).push({ error, valid });
  }

  /** @returns is the wait over? Else it has been asked to end. */
  static #cancelWait(fiber: Fiber, reason?: unknown): boolean {
    const wait = fiber.#wait;
    if (isUsual(wait)) {
      wait.cancel();
      return true;
    }
    const rare = fiber.#rare;
    if (rare === null || rare.cancel === null) return true;
    const { cancel } = rare;
    if (cancel === ASKED) return false;
    rare.cancel = null;
    if (cancel(reason) === ASKED) rare.cancel = ASKED;
    return rare.cancel === null;
  }

  /** Never runs again, not even its finally blocks. What it was woken with goes back to whoever gave it. */
  abandon(): void {
    const place = this.#place;
    if (this.done || place === PLACE.running) return;
    this.#place = PLACE.threw;
    this.#body = null;
    if (place === PLACE.waiting) Fiber.#cancelWait(this);
    else if (place === PLACE.ready) Fiber.#giveBack(this);
  }

  /** In its own name: what it was given may be its own by now. */
  static #giveBack(fiber: Fiber): void {
    const { value } = fiber;
    const wait = fiber.#wait;
    const outer = running;
    fiber.value = undefined;
    running = fiber;
    try {
      if (wait instanceof Wait) givingBack(wholeGiven(fiber.#since), () => wait.reclaim(value));
    } finally {
      running = outer;
    }
  }

  /** One stretch, from one yield point to the next. Only the scheduler calls this. */
  run(): void {
    if (this.#place > PLACE.failing) return;
    if (contextInUse()) (this.#rare?.context ?? rootContext)(() => Fiber.step(this));
    else Fiber.step(this);
  }

  /** Not `#step`, since the build shortens such names, and pins.ts looks for this one on stacks. */
  private static step(fiber: Fiber): void {
    const { value } = fiber;
    const throws = fiber.#place === PLACE.failing;
    const depth = S.d;
    const outer = running;
    fiber.value = undefined;
    fiber.#place = PLACE.running;
    running = fiber;
    S.d = 0;
    try {
      let body = fiber.#body as Generator | Twin;
      let result: IteratorResult<unknown>;
      if (typeof body === 'function') {
        const made = fiber.begin(body, value as readonly unknown[]);
        fiber.#body = made;
        if (made === null) {
          fiber.#place = PLACE.threw;
          return;
        }
        body = made;
        result = body.next();
      } else result = throws ? body.throw(value) : body.next(value);
      // Read at once: an answer is somebody else's as soon as other code runs.
      let { done, value: given } = result;
      if (done === true) {
        const rest = fiber.rest(given);
        if (rest !== null) ({ done, value: given } = (fiber.#body = rest).next());
      }
      if (done === true) Fiber.#finish(fiber, PLACE.returned, given);
      else {
        Fiber.#keepContext(fiber);
        Fiber.#park(fiber, given);
      }
    } catch (error) {
      S.g = null;
      Fiber.#finish(fiber, PLACE.threw, error);
    } finally {
      S.d = depth;
      running = outer;
    }
  }

  static #park(fiber: Fiber, wait: unknown): void {
    if (fiber.#rare !== null && Fiber.#takePending(fiber, fiber.#rare)) return;
    fiber.#place = PLACE.waiting;
    fiber.#wait = wait;
    fiber.#since = sliceBegan() | 0;
    if (isUsual(wait)) {
      wait.arm(fiber);
      return;
    }
    const waiting = isWaiting(wait) ? wait : isThenable(wait) ? waitForPromise(wait) : null;
    if (waiting === null) {
      fiber.fail(new TypeError('A twin yielded something that is neither a wait nor a promise'));
      return;
    }
    let cancel: Cancel;
    try {
      cancel = waiting.begin(fiber);
    } catch (error) {
      fiber.fail(error);
      return;
    }
    // Woken already: the wait is over, and its cancel with it.
    if (fiber.#place === PLACE.waiting) Fiber.#rareOf(fiber).cancel = cancel;
  }

  /** Throws the oldest interruption that still counts, if there is one. */
  static #takePending(fiber: Fiber, rare: Rare): boolean {
    const { pending } = rare;
    if (pending === null) return false;
    while (pending.length > 0) {
      const { error, valid } = pending.shift() as Interruption;
      if (!valid()) continue;
      fiber.#place = PLACE.waiting;
      fiber.fail(error);
      return true;
    }
    rare.pending = null;
    return false;
  }

  static #finish(
    fiber: Fiber,
    place: typeof PLACE.returned | typeof PLACE.threw,
    value: unknown,
  ): void {
    fiber.#place = place;
    fiber.#wait = null;
    fiber.value = value;
    fiber.#body = null;
    fiber.ended();
  }
}

/** A fiber that tells a function of its end. */
export class CallbackFiber extends Fiber {
  readonly owner: unknown;
  readonly #onDone: (fiber: Fiber) => void;
  /** Where an async function awaits it: its own frames begin below that. */
  #at: ReturnType<typeof capturedSparingly>;

  constructor(body: Generator, onDone: (fiber: Fiber) => void, owner?: unknown) {
    super(body);
    this.owner = owner;
    this.#onDone = onDone;
  }

  /** It is the program's own code that waits, and no green thread: reports have to be told of it. */
  override adopt(wait: unknown): void {
    if (this.owner === undefined) {
      noteBlocked(this, true);
      this.#at = capturedSparingly(CallbackFiber.prototype.adopt);
    }
    super.adopt(wait);
  }

  protected override ended(): void {
    noteBlocked(this, false);
    this.#onDone(this);
  }

  get name(): string {
    return 'the program';
  }

  get kind(): 'fiber' {
    return 'fiber';
  }

  get ref(): true {
    return true;
  }

  get state(): 'running' {
    return 'running';
  }

  get pending(): PendingWait | undefined {
    return pendingOf(this);
  }

  stack(): string | undefined {
    const { frames } = this;
    return [frames, this.#at && placeOf(this.#at)].filter(Boolean).join('\n') || frames;
  }

  failWait(error: unknown, wait: PendingWait): void {
    if (this.pending === wait) this.interrupt(error);
  }
}

function isWaiting(value: unknown): value is Waiting {
  return (
    typeof value === 'object' && value !== null && typeof (value as Waiting).begin === 'function'
  );
}
