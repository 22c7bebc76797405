/**
 * Tells whether a promise is awaited and nothing else is done with it, and where.
 *
 * An async function that awaits a promise directly stands still until it has settled; one that hands it to `Promise.race`
 * may go on before. What tells them apart: whoever takes a promise in asks for its `constructor` (ECMAScript's
 * PromiseResolve), and all but `await` then call its `then`. So a promise of which somebody wants to know has both of its
 * own, which take note and do what they do on any promise.
 *
 * Where costs ten times as much, so it is only noted as often as takes a small part of the time, and for a burst of so
 * many more: whoever waits for ever has mostly done so after a while in which little happened.
 */
import { captured, framesOf, usersAmong, type Captured } from './user-frames.ts';

/** So many frames say where it is. */
const FRAMES = 8;
const BURST = 1_000;
const PER_MILLISECOND = 20;

let left = BURST;
let filled = 0;

function mayNotePlace(now: number): boolean {
  if (left < 1) {
    // Somebody may set the clock.
    left = Math.min(BURST, Math.max(0, now - filled) * PER_MILLISECOND);
    filled = now;
  }
  return left >= 1 && left-- >= 1;
}

let latest: Awaited | undefined;

export class Awaited {
  #taken = false;
  #otherwise = false;
  #asked: Captured | undefined;
  #place: string | undefined;

  /** Watches this promise from now on, before anybody can have taken it in, in place of one that it watched before. */
  watch(promise: Promise<unknown>): void {
    Watched.by(this, promise);
    this.#taken = false;
    this.#asked = undefined;
    // oxlint-disable-next-line typescript/no-this-alias -- see `latestAwaited`
    latest = this;
  }

  /** Somebody takes it in. */
  taken(): void {
    this.#taken = true;
    this.#asked ??= capturedSparingly(getConstructor);
  }

  /** It is not only awaited. */
  handedOn(): void {
    this.#otherwise = true;
  }

  /** Is it awaited directly, and nothing else done with it? */
  get direct(): boolean {
    return this.#taken && !this.#otherwise;
  }

  /** The frames of the user's code where it was taken in first, as far as they were noted. */
  get place(): string | undefined {
    if (this.#asked) this.#place = placeOf(this.#asked);
    return this.#place;
  }
}

/**
 * The present stack, from below a function on, if its turn has come.
 *
 * @param now in milliseconds since the epoch.
 */
export function capturedSparingly(
  below: (...args: never[]) => unknown,
  now = Date.now(),
): Captured | undefined {
  return mayNotePlace(now) ? captured(FRAMES, below) : undefined;
}

/** The frames of the user's code in it. */
export function placeOf(asked: Captured): string {
  const frames = usersAmong(framesOf(asked));
  return frames.filter((frame) => /:\d+:\d+\)?$/.test(frame)).join('\n');
}

/** The one that has watched last: who begins a wait can tell by it whether what was begun is watched. */
export function latestAwaited(): Awaited | undefined {
  return latest;
}

/** What a class extends that adds to an object which is there already. */
const Itself = function (promise: object): object {
  return promise;
} as unknown as new (promise: object) => object;

/** Makes a promise a watched one, by a field that nobody sees; a map from promises would cost several times as much. */
class Watched extends Itself {
  readonly #awaited: Awaited;

  private constructor(promise: Promise<unknown>, awaited: Awaited) {
    super(promise);
    this.#awaited = awaited;
    Object.setPrototypeOf(promise, prototype);
  }

  static by(awaited: Awaited, promise: Promise<unknown>): void {
    void new Watched(promise, awaited);
  }

  /** Who watches it. It may also be what inherits from such a promise. */
  static of(promise: object): Awaited | undefined {
    return #awaited in promise ? promise.#awaited : undefined;
  }
}

/** Also when the program puts another in its place. */
const Native = Promise;

const prototype: object = Object.create(Promise.prototype, {
  constructor: {
    get(this: object) {
      Watched.of(this)?.taken();
      return Native;
    },
    // It can be replaced, as that of any promise.
    set(this: object, value: unknown) {
      Object.defineProperty(this, 'constructor', { value, writable: true, configurable: true });
    },
  },
  // oxlint-disable-next-line unicorn/no-thenable -- it belongs to promises alone
  then: {
    value(this: Promise<unknown>, ...args: Parameters<Promise<unknown>['then']>) {
      Watched.of(this)?.handedOn();
      return Reflect.apply(Native.prototype.then, this, args) as Promise<unknown>;
    },
    writable: true,
    configurable: true,
  },
});
const { get: getConstructor } = Object.getOwnPropertyDescriptor(prototype, 'constructor') as {
  get: () => unknown;
};
