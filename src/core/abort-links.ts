/**
 * Hearing of a signal's abort: one listener per signal, however many wait with it.
 *
 * Why: Node warns of a leak from the eleventh listener on, and a thousand green threads that share one signal are none.
 * The listener goes with the last who waits, so a signal that outlives its waits holds nothing of them.
 */
import { fireLinks, addLink, removeLink, type Link, type Linked } from './links.ts';

class AbortLinks {
  linked: Linked<AbortSignal> = null;
  readonly fire: () => void;

  constructor(signal: AbortSignal) {
    this.fire = () => {
      known.delete(signal);
      fireLinks(this, signal);
    };
  }

  get empty(): boolean {
    return this.linked === null || (this.linked instanceof Set && this.linked.size === 0);
  }
}

const known = new WeakMap<AbortSignal, AbortLinks>();

/** Calls back when the signal is aborted, which it is not yet. A callback is called once, however often it is linked. */
export function linkAbort(signal: AbortSignal, callback: Link<AbortSignal>): void {
  let links = known.get(signal);
  if (!links) {
    known.set(signal, (links = new AbortLinks(signal)));
    signal.addEventListener('abort', links.fire, { once: true });
  }
  addLink(links, callback);
}

/** Takes a callback back. */
export function unlinkAbort(signal: AbortSignal, callback: Link<AbortSignal>): void {
  const links = known.get(signal);
  if (!links) return;
  removeLink(links, callback);
  if (!links.empty) return;
  known.delete(signal);
  signal.removeEventListener('abort', links.fire);
}
