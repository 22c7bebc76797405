/**
 * Time, injected: everything on the hub that depends on time asks the clock installed here.
 *
 * Invariant: `now()` never goes backwards. Why: with a `VirtualClock`, tests of time do not sleep; green threads in
 * Workers, which otherwise sleep by themselves, ask the hub while a virtual clock is installed.
 */
import { steadyTime } from './steady-time.ts';
import { addTimer } from './timer-queue.ts';

/** A timer that can be withdrawn. Withdrawing twice, or after it fired, does nothing. */
export interface Timer {
  cancel(): void;
}

/** Where the time comes from. All times are in milliseconds. */
export interface Clock {
  readonly virtual: boolean;
  now(): number;
  /** Runs `callback` once, `ms` from now. `Infinity` never runs it. `ref: false` lets the process end first. */
  setTimer(callback: () => void, ms: number, options?: { ref?: boolean }): Timer;
}

/** The monotonic clock of this thread. What it tells is to be compared only with what it told before, in the same thread. */
export const systemClock: Clock = {
  virtual: false,
  now: () => steadyTime(),
  setTimer: (callback, ms, { ref = true } = {}) => addTimer(steadyTime() + ms, callback, ref),
};

interface VirtualTimer {
  readonly due: number;
  readonly order: number;
  readonly callback: () => void;
}

/**
 * A clock that moves only when told to.
 *
 * @example
 * const clock = new VirtualClock();
 * using _ = useClock(clock);
 * const nap = sleepAsync(60_000);
 * clock.advance(60_000);
 * await nap;
 */
export class VirtualClock implements Clock {
  readonly virtual = true;
  #now = 0;
  #order = 0;
  readonly #timers = new Set<VirtualTimer>();

  now(): number {
    return this.#now;
  }

  /** How many timers are waiting. */
  get pending(): number {
    return this.#timers.size;
  }

  setTimer(callback: () => void, ms: number): Timer {
    const timer: VirtualTimer = { due: this.#now + ms, order: this.#order++, callback };
    this.#timers.add(timer);
    return { cancel: () => void this.#timers.delete(timer) };
  }

  /** Moves time on by `ms`, firing what falls due in order of due time, first set first. */
  advance(ms: number): void {
    const end = this.#now + checked(ms);
    for (;;) {
      let next: VirtualTimer | undefined;
      for (const timer of this.#timers) {
        const earlier =
          !next || timer.due < next.due || (timer.due === next.due && timer.order < next.order);
        if (timer.due <= end && earlier) next = timer;
      }
      if (!next) break;
      this.#timers.delete(next);
      this.#now = next.due;
      next.callback();
    }
    this.#now = end;
  }
}

function checked(ms: number): number {
  if (!(ms >= 0 && ms < Infinity))
    throw new RangeError(`advance() takes a finite number of milliseconds, got ${ms}`);
  return ms;
}

let installed: Clock = systemClock;

/** The clock that counts at present. */
export function clock(): Clock {
  return installed;
}

/** Installs a clock; disposing the result puts the former one back. For tests. */
export function useClock(replacement: Clock): Disposable {
  const former = installed;
  installed = replacement;
  return {
    [Symbol.dispose]: () => {
      installed = former;
    },
  };
}
