/**
 * The callbacks that wait for one thing to become ready: the storage behind `rawLink` and `rawUnlink`.
 *
 * Invariants (gevent's): linking the same callback twice calls it once; unlinking what is not linked is no error; a
 * callback linked after the end is still called, and never from inside `rawLink`; one callback that throws does not
 * keep the others from being called.
 */

/** Called with the thing that became ready. */
export type Link<T> = (source: T) => void;

/** Anything that can be waited for by everyone: green threads, tasks, events, queues. */
export interface Waitable<T = unknown> {
  /** Is there nothing to wait for any more? */
  readonly ready: boolean;
  /** Calls `callback` once, when this is ready (soon, when it is already). */
  rawLink(callback: Link<T>): void;
  /** Takes `callback` back. */
  rawUnlink(callback: Link<T>): void;
}

/** The method of things that can be given where a link is expected, such as an `AsyncResult`. */
export const LINK = Symbol('coppice.link');

/** Something that hears of an end without being a function. */
export interface LinkTarget<T> {
  [LINK](source: T): void;
}

const linksOf = new WeakMap<object, Link<never>>();

/** The callback for a link: itself, or always the same one for the same target. */
export function linkOf<T>(link: Link<T> | LinkTarget<T>): Link<T> | undefined {
  if (typeof link === 'function') return link;
  if (typeof link !== 'object' || link === null || !(LINK in link)) return undefined;
  let callback = linksOf.get(link) as Link<T> | undefined;
  if (!callback) {
    callback = (source) => link[LINK](source);
    linksOf.set(link, callback);
  }
  return callback;
}

export class Links<T> {
  readonly #callbacks = new Set<Link<T>>();
  #fired = false;

  get size(): number {
    return this.#callbacks.size;
  }

  add(callback: Link<T>, source: T): void {
    this.#callbacks.add(callback);
    if (this.#fired) {
      queueMicrotask(() => {
        if (this.#callbacks.delete(callback)) call(callback, source);
      });
    }
  }

  remove(callback: Link<T>): void {
    this.#callbacks.delete(callback);
  }

  fire(source: T): void {
    this.#fired = true;
    const callbacks = [...this.#callbacks];
    for (const callback of callbacks) {
      // Checked again each time: an earlier callback may have unlinked a later one.
      if (this.#callbacks.delete(callback)) call(callback, source);
    }
  }
}

function call<T>(callback: Link<T>, source: T): void {
  try {
    callback(source);
  } catch (error) {
    // As for any event callback of Node: it is the process's uncaught exception, after the others were served.
    queueMicrotask(() => {
      throw error;
    });
  }
}
