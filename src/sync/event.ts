/**
 * `Event`: a flag that everyone can wait for.
 *
 * Invariant (gevent's): `set` wakes all who wait at that moment, even if the flag is cleared before they run.
 */
import type { WaitOptions } from '../core/heap.ts';
import type { Link, Waitable } from '../core/links.ts';
import { WaitQueue, waitAtMost } from '../core/wait-queue.ts';
import type { Wait, WaitTarget } from '../core/wait.ts';
import { LevelLinks, notifyRemotely } from './level-links.ts';
import { CORE, limits, method, Primitive, registerKind, twin } from './primitive.ts';

class EventCore {
  readonly links = new LevelLinks(() => this.isSet);
  readonly waiters = new WaitQueue<true>();
  readonly #target: WaitTarget = { what: 'an Event to be set' };
  isSet = false;

  set(): void {
    this.isSet = true;
    this.waiters.wakeAll(true);
    this.links.fire();
  }

  wait(): true | Wait<true> {
    return this.isSet || this.waiters.wait(this.#target, undefined);
  }
}

/**
 * A flag that starts down. Whoever waits for it goes on when it is up.
 *
 * Follows gevent's `Event`.
 *
 * @example
 * const ready = new Event();
 * spawn(new URL('./worker.js', import.meta.url), ready); // there: ready.wait()
 * ready.set();
 */
export class Event extends Primitive<EventCore> implements Waitable<Event> {
  constructor() {
    super('event', []);
  }

  /** Is the flag up? */
  get isSet(): boolean {
    return this[CORE]?.isSet ?? isSetCall(this);
  }

  /** As `isSet`: there is nothing to wait for. */
  get ready(): boolean {
    return this.isSet;
  }

  /** Puts the flag up and wakes all who wait. */
  set(): void {
    if (this[CORE]) this[CORE].set();
    else setCall(this);
  }

  /** Takes the flag down. Those who were woken stay awake. */
  clear(): void {
    if (this[CORE]) this[CORE].isSet = false;
    else clearCall(this);
  }

  /**
   * Waits until the flag is up.
   *
   * @param options.timeout milliseconds; when they are over `false` is returned.
   * @returns was it put up in time?
   */
  wait(options?: WaitOptions): boolean {
    return waitCall(this, ...limits(options));
  }

  /** The explicit face of `wait`. */
  waitAsync(options?: WaitOptions): Promise<boolean> {
    return waitCall.async(this, ...limits(options));
  }

  /** Who waits, at present. */
  statistics(): EventStatistics {
    return Object.freeze(statisticsCall(this));
  }

  rawLink(callback: Link<Event>): void {
    this[CORE]?.links.add(callback as Link<unknown>, this);
    if (!this[CORE]) void notifyRemotely(waitCall.async(this), () => callback(this));
  }

  rawUnlink(callback: Link<Event>): void {
    this[CORE]?.links.remove(callback as Link<unknown>);
  }
}

/** What `Event.statistics()` tells. */
export interface EventStatistics {
  readonly isSet: boolean;
  readonly waiting: number;
}

registerKind('event', Event, () => new EventCore());

const at = (event: Event): EventCore => event[CORE] as EventCore;
const isSetCall = method('Event.isSet', (event: Event) => at(event).isSet);
const setCall = method('Event.set', (event: Event) => at(event).set());
const clearCall = method('Event.clear', (event: Event) => {
  at(event).isSet = false;
});
const waitCall = method(
  'Event.wait',
  (event: Event, timeout?: number, _options?: WaitOptions): boolean | Wait<boolean> => {
    const result = at(event).wait();
    return result === true ? true : waitAtMost(result, timeout, false);
  },
  { optionsAt: 1 },
);
const statisticsCall = method('Event.statistics', (event: Event): EventStatistics => ({
  isSet: at(event).isSet,
  waiting: at(event).waiters.size + at(event).links.size,
}));
twin(Event.prototype.wait, waitCall, limits);
