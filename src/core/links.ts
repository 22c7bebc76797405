/**
 * The callbacks that wait for one thing to become ready: the storage behind `rawLink` and `rawUnlink`.
 *
 * Invariants (gevent's): linking the same callback twice calls it once; unlinking what is not linked is no error; a
 * callback linked after the end is still called, and never from inside `rawLink`; one callback that throws does not
 * keep the others from being called.
 */

import { invalidArgument } from './errors.ts';

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

/** Throws when what was given to `rawLink` could not be called. */
export function checkLink(callback: unknown): void {
  if (typeof callback !== 'function')
    throw invalidArgument(
      `rawLink() takes a function to call; got ${callback === null ? 'null' : typeof callback}.`,
    );
}

/** Where its owner keeps the callbacks: one, the common case, needs no set, and none of it an object of its own. */
export type Linked<T> = Link<T> | Set<Link<T>> | null;

/** What has callbacks; the functions below alone change them. */
export interface Linkable<T> {
  linked: Linked<T>;
}

export function addLink<T>(owner: Linkable<T>, callback: Link<T>): void {
  const { linked } = owner;
  if (linked === null) owner.linked = callback;
  else if (linked instanceof Set) linked.add(callback);
  else if (linked !== callback) owner.linked = new Set([linked, callback]);
}

/** As `addLink`, to what has become ready already: calls back soon. */
export function addLateLink<T>(owner: Linkable<T>, callback: Link<T>, source: T): void {
  addLink(owner, callback);
  queueMicrotask(() => {
    if (removeLink(owner, callback)) call(callback, source);
  });
}

/** @returns was it linked? */
export function removeLink<T>(owner: Linkable<T>, callback: Link<T>): boolean {
  const { linked } = owner;
  if (linked instanceof Set) return linked.delete(callback);
  if (linked !== callback) return false;
  owner.linked = null;
  return true;
}

export function fireLinks<T>(owner: Linkable<T>, source: T): void {
  const { linked } = owner;
  if (linked === null) return;
  const callbacks = linked instanceof Set ? [...linked] : [linked];
  for (const callback of callbacks) {
    // Checked again each time: an earlier callback may have unlinked a later one.
    if (removeLink(owner, callback)) call(callback, source);
  }
}

/** Calls back, such that what the callback throws is nobody's who happens to call it. */
export function call<T>(callback: Link<T>, source: T): void {
  try {
    callback(source);
  } catch (error) {
    // As for any event callback of Node: it is the process's uncaught exception, after the others were served.
    queueMicrotask(() => {
      throw error;
    });
  }
}
