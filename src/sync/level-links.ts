/**
 * `rawLink` for things that become ready again and again (an event, a semaphore, a queue), unlike core/links.ts, which
 * is for what ends once.
 *
 * Invariants: a callback is called once and then forgotten; one linked while the thing is ready is called soon, never
 * from inside `add`.
 */
import type { Link } from '../core/links.ts';

/** Calls back when the hub says that a thing is ready; not at all when this Worker's run ends before. */
export async function notifyRemotely(ready: Promise<unknown>, callback: () => void): Promise<void> {
  try {
    await ready;
  } catch {
    return;
  }
  callback();
}

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
        if (this.#callbacks.delete(callback)) callback(source);
      });
  }

  remove(callback: Link<unknown>): void {
    this.#callbacks.delete(callback);
  }

  fire(): void {
    if (this.#callbacks.size === 0) return;
    // Those of this moment: a callback may link again.
    const callbacks = [...this.#callbacks];
    for (const [callback, source] of callbacks)
      if (this.#callbacks.delete(callback)) callback(source);
  }
}
