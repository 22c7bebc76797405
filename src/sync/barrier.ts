/**
 * `Barrier`: nobody goes on until all have come.
 *
 * Invariants: exactly `parties` waiters go on together, then the barrier is new; a waiter who leaves (a timeout, a kill)
 * is as if he had not come, and the others go on waiting for one more.
 */
import { invalidArgument } from '../core/errors.ts';
import type { WaitOptions } from '../core/heap.ts';
import { CORE, method, Primitive, registerKind, twin } from './primitive.ts';
import { BarrierCore } from './barrier-core.ts';

/**
 * A place where a fixed number wait for each other.
 *
 * Follows Python's `Barrier`, but a waiter who leaves does not break it.
 *
 * @example
 * const start = new Barrier(3);
 * start.wait(); // in each of three green threads
 */
export class Barrier extends Primitive<BarrierCore> {
  /** @param parties how many wait for each other, 1 or more. */
  constructor(parties: number) {
    if (!Number.isInteger(parties) || parties < 1)
      throw invalidArgument(
        `A Barrier has a whole number of parties, 1 or more; got ${String(parties)}.`,
      );
    super('barrier', [parties]);
  }

  /**
   * Waits until all have come.
   *
   * @returns as the how manieth the caller came, from 0: so one of them (say 0) can do what is to be done once.
   * @throws {CoppiceError} `ERR_COPPICE_BROKEN_BARRIER` when it is aborted.
   * @throws {Timeout} when `options.timeout` milliseconds are over.
   */
  wait(options?: WaitOptions): number {
    return waitCall(this, options);
  }

  /** The explicit face of `wait`. */
  waitAsync(options?: WaitOptions): Promise<number> {
    return waitCall.async(this, options);
  }

  /** Fails all who wait and all who come, until `reset`. */
  abort(): void {
    abortCall(this);
  }

  /** Makes it usable again. Those who wait fail. */
  reset(): void {
    resetCall(this);
  }

  /** How many must come, and how many have. */
  statistics(): BarrierStatistics {
    return Object.freeze(statisticsCall(this));
  }
}

/** What `Barrier.statistics()` tells. */
export interface BarrierStatistics {
  readonly parties: number;
  readonly waiting: number;
  readonly broken: boolean;
}

registerKind('barrier', Barrier, (parties: number) => new BarrierCore(parties));

const at = (barrier: Barrier): BarrierCore => barrier[CORE] as BarrierCore;
const waitCall = method(
  'Barrier.wait',
  (barrier: Barrier, _options?: WaitOptions) => at(barrier).wait(),
  { optionsAt: 0 },
);
const abortCall = method('Barrier.abort', (barrier: Barrier) => at(barrier).abort());
const resetCall = method('Barrier.reset', (barrier: Barrier) => {
  at(barrier).abort();
  at(barrier).broken = false;
});
const statisticsCall = method('Barrier.statistics', (barrier: Barrier): BarrierStatistics => {
  const { parties, broken: isBroken, waiters } = at(barrier);
  return { parties, waiting: waiters.size, broken: isBroken };
});
twin(Barrier.prototype.wait, waitCall);
