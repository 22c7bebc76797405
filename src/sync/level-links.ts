/**
 * `rawLink` for things that become ready again and again (an event, a semaphore, a queue), unlike core/links.ts, which
 * is for what ends once.
 *
 * Invariants: a callback is called once and then forgotten; one linked while the thing is ready is called soon, never
 * from inside `add`; one that throws does not keep the others from being called, nor does its error reach whoever made
 * the thing ready; and callbacks that make each other's things ready are called one after the other, not one inside the
 * other, however long the chain.
 */
import { call, type Link } from '../core/links.ts';

/** What is to be called, in order, of whatever things; and whether somebody is at it. */
const due: [links: LevelLinks, callback: Link<unknown>, source: unknown][] = [];
let calling = false;

export class LevelLinks {
  readonly #callbacks = new Map<Link<unknown>, unknown>();
  readonly #isReady: () => boolean;

  constructor(isReady: () => boolean) {
    this.#isReady = isReady;
  }

  get size(): number {
    return this.#callbacks.size;
  }

  add(callback: Link<unknown>, source: unknown): void {
    this.#callbacks.set(callback, source);
    if (this.#isReady())
      queueMicrotask(() => {
        if (this.#callbacks.delete(callback)) call(callback, source);
      });
  }

  remove(callback: Link<unknown>): void {
    this.#callbacks.delete(callback);
  }

  fire(): void {
    if (this.#callbacks.size > 0) this.#fireAll();
  }

  /** Apart, so that the question whether there are any is small enough to be asked in place. */
  #fireAll(): void {
    // Those of this moment: a callback may link again.
    for (const [callback, source] of this.#callbacks) due.push([this, callback, source]);
    if (calling) return;
    calling = true;
    // It grows meanwhile, when a callback makes something else ready.
    for (const [links, callback, source] of due)
      if (links.#callbacks.delete(callback)) call(callback, source);
    due.length = 0;
    calling = false;
  }
}
