/**
 * Hearing of a promise's end: one registration per promise, however often it is waited for.
 *
 * Why: what `then` was given cannot be taken back, so each wait with a promise that lives on would leave something there.
 */
import { inspect, types } from 'node:util';
import {
  addLateLink,
  addLink,
  fireLinks,
  removeLink,
  type Link,
  type Linked,
} from '../core/links.ts';

type AnyPromise = PromiseLike<unknown>;

class PromiseLinks {
  linked: Linked<void> = null;
  settled = false;
  rejection: { readonly reason: unknown } | undefined;

  constructor(promise: AnyPromise) {
    const fire = (): void => {
      this.settled = true;
      fireLinks(this, undefined);
    };
    promise.then(fire, (reason: unknown) => {
      this.rejection = { reason };
      fire();
    });
  }
}

const known = new WeakMap<AnyPromise, PromiseLinks>();

/** Calls back once the promise has settled, never from inside this call. */
export function linkPromise(promise: AnyPromise, callback: Link<void>): void {
  let links = known.get(promise);
  if (!links) known.set(promise, (links = new PromiseLinks(promise)));
  if (links.settled) addLateLink(links, callback, undefined);
  else addLink(links, callback);
}

/** Takes a callback back. */
export function unlinkPromise(promise: AnyPromise, callback: Link<void>): void {
  const links = known.get(promise);
  if (links) removeLink(links, callback);
}

/** What it was rejected with, if it was: known of one that somebody was linked to. */
export function rejectionOf(promise: AnyPromise): { readonly reason: unknown } | undefined {
  return known.get(promise)?.rejection;
}

/** Has it settled? For code that cannot wait for the answer; of what is no promise of Node's that cannot be told. */
export function isSettled(promise: AnyPromise): boolean {
  return types.isPromise(promise) && !/^[^{]*\{\s*<pending>/.test(shown(promise));
}

/** As `isSettled`: was it rejected? With what, only those hear who can wait. */
export function isRejected(promise: AnyPromise): boolean {
  return types.isPromise(promise) && /^[^{]*\{\s*<rejected>/.test(shown(promise));
}

/** Node tells its state in this way alone. Nothing of the value is called for it, nor of the promise. */
function shown(promise: AnyPromise): string {
  return inspect(promise, { depth: 0, customInspect: false });
}
