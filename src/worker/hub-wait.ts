/**
 * The wait of a fiber in a Worker for a call that the hub performs.
 *
 * Between the moment in which the fiber is woken and the one in which it goes on, what it was given is on its way: a
 * delivery. Invariant: its end is told once.
 */
import type { FarWait } from '../core/heap.ts';
import { Wait, type Cancel, type Waker } from '../core/wait.ts';

/** A result that the hub has handed over. */
export interface Delivery {
  readonly call: number;
  /** Was it taken or refused? */
  over: boolean;
}

export class HubWait extends Wait<unknown> implements FarWait {
  /** Set before the fiber is woken. */
  delivery: Delivery | undefined;
  readonly #onEnd: (delivery: Delivery, taken: boolean) => void;

  constructor(
    begin: (self: HubWait, waker: Waker<unknown>) => Cancel,
    name: string,
    onEnd: (delivery: Delivery, taken: boolean) => void,
  ) {
    super((waker) => begin(this, waker), name);
    this.#onEnd = onEnd;
  }

  taken(): void {
    if (this.delivery) this.#onEnd(this.delivery, true);
  }

  refuse(): void {
    if (this.delivery) this.#onEnd(this.delivery, false);
  }
}
