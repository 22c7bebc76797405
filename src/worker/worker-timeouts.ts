/**
 * The running timeouts of a worker green thread. Where the thread parks, it looks at them itself; each also has a timer,
 * for when coroutines of the thread wait instead, and its loop turns.
 *
 * Invariant: no timer outlives its timeout, or the run that it was made in; none keeps the Worker alive.
 */
import { clock, type Timer } from '../core/clock.ts';
import { TimeoutScope, type Timeout } from '../core/timeout.ts';

export class WorkerTimeouts extends TimeoutScope {
  readonly #timers = new Map<Timeout, Timer>();
  readonly #onDue: (timeout: Timeout) => void;

  /** `onDue` is told of a timeout that falls due while the loop turns. It goes on counting until it is closed. */
  constructor(onDue: (timeout: Timeout) => void) {
    super();
    this.#onDue = onDue;
  }

  override add(timeout: Timeout): void {
    super.add(timeout);
    if (timeout.ms === Infinity) return;
    const fire = (): void => this.#onDue(timeout);
    this.#timers.set(timeout, clock().setTimer(fire, timeout.ms, { ref: false }));
  }

  override remove(timeout: Timeout): void {
    super.remove(timeout);
    this.#timers.get(timeout)?.cancel();
    this.#timers.delete(timeout);
  }

  override clear(): void {
    super.clear();
    if (this.#timers.size === 0) return;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
