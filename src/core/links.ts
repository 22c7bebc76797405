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
  /** One callback, the common case, needs no set. */
  #callbacks: Link<T> | Set<Link<T>> | null = null;
  #fired = false;

  get size(): number {
    if (this.#callbacks instanceof Set) return this.#callbacks.size;
    return this.#callbacks === null ? 0 : 1;
  }

  add(callback: Link<T>, source: T): void {
    if (this.#callbacks === null) this.#callbacks = callback;
    else if (this.#callbacks instanceof Set) this.#callbacks.add(callback);
    else if (this.#callbacks !== callback) this.#callbacks = new Set([this.#callbacks, callback]);
    if (this.#fired) {
      queueMicrotask(() => {
        if (this.remove(callback)) call(callback, source);
      });
    }
  }

  /** Was it linked? */
  remove(callback: Link<T>): boolean {
    if (this.#callbacks instanceof Set) return this.#callbacks.delete(callback);
    if (this.#callbacks !== callback) return false;
    this.#callbacks = null;
    return true;
  }

  fire(source: T): void {
    this.#fired = true;
    const present = this.#callbacks;
    if (present === null) return;
    const callbacks = present instanceof Set ? [...present] : [present];
    for (const callback of callbacks) {
      // Checked again each time: an earlier callback may have unlinked a later one.
      if (this.remove(callback)) call(callback, source);
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
