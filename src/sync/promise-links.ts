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

  constructor(promise: AnyPromise) {
    const fire = (): void => {
      this.settled = true;
      fireLinks(this, undefined);
    };
    promise.then(fire, fire);
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

/** Has it settled? For code that cannot wait for the answer; of what is no promise of Node's that cannot be told. */
export function isSettled(promise: AnyPromise): boolean {
  // Node tells it in this way alone. Nothing of the value is called for it, nor of the promise.
  return (
    types.isPromise(promise) &&
    !/^[^{]*\{\s*<pending>/.test(inspect(promise, { depth: 0, customInspect: false }))
  );
}
