/**
 * `Event`: a flag that everyone can wait for.
 *
 * Invariant (gevent's): `set` wakes all who wait at that moment, even if the flag is cleared before they run.
 */
import { answered } from '../core/answer.ts';
import type { WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import type { Link, Waitable } from '../core/links.ts';
import { setTwin } from '../core/twin.ts';
import { waitAtMost } from '../core/wait-queue.ts';
import { Wait } from '../core/wait.ts';
import { CORE, limits, method, Primitive, registerKind, wordsOf, performed } from './primitive.ts';
import { linkFace, unlinkFace } from './face-links.ts';
import { EventState, inWorker, move, State } from './words.ts';
import { EventCore } from './event-core.ts';

/** In a Worker: without the hub when nobody waits there. */
function setHere(words: Int32Array): boolean {
  return move(words, (state) => (state === EventState.WAITED_FOR ? undefined : EventState.SET));
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
    if (this[CORE]) return this[CORE].isSet;
    return Atomics.load(wordsOf(this) as Int32Array, State) === EventState.SET;
  }

  /** As `isSet`: there is nothing to wait for. */
  get ready(): boolean {
    return this.isSet;
  }

  /** Puts the flag up and wakes all who wait. */
  set(): void {
    if (this[CORE]) this[CORE].set();
    else if (!setHere(wordsOf(this) as Int32Array)) setCall(this);
  }

  /** Takes the flag down. Those who were woken stay awake. */
  clear(): void {
    if (this[CORE]) this[CORE].clear();
    else
      Atomics.compareExchange(wordsOf(this) as Int32Array, State, EventState.SET, EventState.CLEAR);
  }

  /**
   * Waits until the flag is up.
   *
   * @param options.timeout milliseconds; when they are over `false` is returned.
   * @returns was it put up in time?
   */
  wait(options?: WaitOptions): boolean {
    if (options !== undefined) checkLimits(options);
    if (!this[CORE] && inWorker(wordsOf(this), () => this.isSet)) return true;
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
    linkFace(this, callback);
  }

  rawUnlink(callback: Link<Event>): void {
    unlinkFace(this, callback);
  }
}

/** What `Event.statistics()` tells. */
export interface EventStatistics {
  readonly isSet: boolean;
  readonly waiting: number;
}

registerKind('event', Event, () => new EventCore());

const at = (event: Event): EventCore => event[CORE] as EventCore;
const setCall = method('Event.set', (event: Event) => at(event).set());
const waitCall = method(
  'Event.wait',
  (event: Event, timeout?: number, _options?: WaitOptions): boolean | Wait<boolean> => {
    const result = at(event).wait();
    return result === true ? true : waitAtMost(result, timeout, false);
  },
  { optionsAt: 1, timed: true },
);
const statisticsCall = method('Event.statistics', (event: Event): EventStatistics => ({
  isSet: at(event).isSet,
  waiting: at(event).waiters.size + at(event).links.size,
}));
// Where fibers switch: see `twin` in primitive.ts.
const { wait } = Event.prototype;
setTwin(wait, function (this: Event, options?: WaitOptions) {
  const core = options === undefined ? this[CORE] : undefined;
  return core
    ? answered<Event, boolean>(core.wait(), undefined, this)
    : performed({
        self: this,
        method: wait,
        given: [options],
        call: waitCall,
        args: limits(options),
      });
});
