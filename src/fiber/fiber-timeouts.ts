/**
 * The running timeouts of one fiber: each has a timer, which interrupts the fiber where it waits.
 *
 * Invariant: a timeout that was closed is never thrown, also when it fired while the fiber was about to run.
 */
import { clock, type Timer } from '../core/clock.ts';
import { TimeoutScope, type Timeout } from '../core/timeout.ts';
import type { Fiber } from './fiber.ts';

export class FiberTimeouts extends TimeoutScope {
  readonly #fiber: Fiber;
  readonly #timers = new Map<Timeout, Timer>();

  constructor(fiber: Fiber) {
    super();
    this.#fiber = fiber;
  }

  override add(timeout: Timeout): void {
    super.add(timeout);
    if (timeout.ms === Infinity) return;
    const fire = (): void => {
      this.#timers.delete(timeout);
      this.#fiber.interrupt(timeout.thrown, () => {
        const counts = this.has(timeout);
        super.remove(timeout);
        return counts;
      });
    };
    this.#timers.set(timeout, clock().setTimer(fire, timeout.ms, { ref: false }));
  }

  /** At a yield point that does not wait: throws what is due, since no timer had its turn yet. */
  check(): void {
    const { next } = this;
    if (next === undefined || next.deadline > clock().now()) return;
    this.remove(next);
    throw next.thrown;
  }

  override remove(timeout: Timeout): void {
    super.remove(timeout);
    this.#timers.get(timeout)?.cancel();
    this.#timers.delete(timeout);
  }
}
