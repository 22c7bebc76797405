/**
 * The state of an `AsyncResult`, at the hub; see async-result.ts for its rules.
 */
import type { Link } from '../core/links.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { Wait, type WaitTarget } from '../core/wait.ts';
import { LevelLinks } from './level-links.ts';

type Outcome<T> = { readonly value: T } | { readonly error: unknown };

const OUTCOME: WaitTarget = { what: 'an AsyncResult to be set' };

export class AsyncResultCore<T> {
  readonly #links = new LevelLinks(() => this.outcome !== undefined);
  readonly waiters = new WaitQueue<true>(OUTCOME);
  outcome: Outcome<T> | undefined;

  settle(outcome: Outcome<T>): void {
    this.outcome = outcome;
    this.waiters.wakeAll(true);
    this.#links.fire();
  }

  wait(): true | Wait<true> {
    return this.outcome ? true : this.waiters.wait(undefined);
  }

  result(): T {
    const outcome = this.outcome as Outcome<T>;
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  link(callback: Link<unknown>, source: unknown): void {
    this.#links.add(callback, source);
  }

  unlink(callback: Link<unknown>): void {
    this.#links.remove(callback);
  }
}
