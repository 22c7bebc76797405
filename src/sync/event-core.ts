/**
 * The state of an `Event`, at the hub; see event.ts for its rules.
 */
import type { Link } from '../core/links.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { Wait, type WaitTarget } from '../core/wait.ts';
import { LevelLinks } from './level-links.ts';
import type { Sharable } from './primitive.ts';
import { EventState, makeWords, move, State } from './words.ts';

const SET: WaitTarget = { what: 'an Event to be set' };

export class EventCore implements Sharable {
  readonly links = new LevelLinks(() => this.isSet);
  readonly waiters = new WaitQueue<true>(SET, () => this.#settle());
  #isSet = false;
  /** The state, once a Worker has asked for it; `#isSet` counts no more then. See words.ts. */
  #words: Int32Array | undefined;

  get isSet(): boolean {
    return this.#words ? Atomics.load(this.#words, State) === EventState.SET : this.#isSet;
  }

  set(): void {
    if (this.#words) Atomics.store(this.#words, State, EventState.SET);
    else this.#isSet = true;
    this.waiters.wakeAll(true);
    this.links.fire();
  }

  clear(): void {
    if (this.#words) Atomics.compareExchange(this.#words, State, EventState.SET, EventState.CLEAR);
    else this.#isSet = false;
  }

  wait(): true | Wait<true> {
    if (this.isSet) return true;
    const wait = this.waiters.wait(undefined);
    const words = this.#words;
    if (!words) return wait;
    return new Wait<true>((waker) => {
      if (this.#announce(words)) return wait.begin(waker);
      waker.wake(true);
      return () => {};
    }, SET);
  }

  link(callback: Link<unknown>, source: unknown): void {
    this.links.add(callback, source);
    // Set by a Worker meanwhile? Then `add` has seen to it, or this one sees it.
    if (this.#words && !this.#announce(this.#words)) this.links.fire();
  }

  unlink(callback: Link<unknown>): void {
    this.links.remove(callback);
    this.#settle();
  }

  share(): Int32Array {
    const waiting =
      this.waiters.size + this.links.size > 0 ? EventState.WAITED_FOR : EventState.CLEAR;
    return (this.#words ??= makeWords(this.#isSet ? EventState.SET : waiting));
  }

  /** Says that somebody is about to wait at the hub. `false` when it is set by now. */
  #announce(words: Int32Array): boolean {
    return move(words, (state) => (state === EventState.SET ? undefined : EventState.WAITED_FOR));
  }

  #settle(): void {
    if (this.#words && this.waiters.size + this.links.size === 0)
      Atomics.compareExchange(this.#words, State, EventState.WAITED_FOR, EventState.CLEAR);
  }
}
