/**
 * A Queue's state, lent to the Workers: when it is lent, how it comes back, and the turn of a Worker that napped meanwhile.
 *
 * Invariants: it is lent only while nobody waits at the hub, and what crosses to the ring crosses as it would to a
 * Worker: an object that the hub's own heap has put is not lent, because who gets it there must get that very object.
 * Lending costs as much as there are items, so it waits for as many calls of Workers in a row.
 *
 * A Worker that naps when the state comes back is first in line. It does not know yet, or is on its way to the hub, so a
 * stand-in waits in its place, until it comes and claims it, or dies.
 *
 * Only the call that follows a nap claims, and it says that it does. That the same thread calls is not enough: a call
 * that it made before the nap and gave up (its time was over while the hub was busy) is still in the port, and reaches the
 * hub when the thread naps already. It would take the turn for an item of its own, find its caller gone and withdraw, and
 * the napper, whose turn is no more, would be told that it is done: its item lost. The claim itself cannot be mistaken for
 * that of a later nap in this way: while a stand-in waits nothing is lent, so there is no later nap before it has come.
 */
import { beginningCall, type Call } from '../core/call.ts';
import { Wait, type Cancel, type Waker } from '../core/wait.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import { liveThread } from '../hub/registry.ts';
import { onWorkerDeath } from '../hub/worker-deaths.ts';
import { itemOf, textOf } from './item-text.ts';
import type { QueueCore } from './queue-core.ts';
import { ITEM_BYTES, Ring, type Bank } from './ring.ts';
import type { Fifo } from './storage.ts';

/** Who keeps the lock while the hub only counts. No thread has this id. */
const HUB = 0x3ffffffe;

/** It is not the turn of the one who asks. */
export const UNCLAIMED = Symbol('unclaimed');

/** Waits in the place of a Worker that napped. */
class StandIn<V> implements Waker<V> {
  readonly threadId: number;
  outcome: { readonly value: V } | { readonly error: unknown } | undefined;
  readonly #wait: Wait<V>;
  #cancel: Cancel = () => {};
  #waker: Waker<V> | undefined;

  constructor(threadId: number, wait: Wait<V>) {
    this.threadId = threadId;
    this.#wait = wait;
  }

  begin(): void {
    this.#cancel = this.#wait.begin(this);
  }

  cancel(): void {
    this.#cancel();
  }

  wake(value: V): boolean {
    if (this.#waker) return this.#waker.wake(value) !== false;
    this.outcome = { value };
    return true;
  }

  fail(error: unknown): void {
    if (this.#waker) this.#waker.fail(error);
    else this.outcome = { error };
  }

  /** The Worker has come: what happened meanwhile, or its own wait from here on. */
  handOver(arrived: () => void): V | Wait<V> {
    if (this.outcome) {
      if ('error' in this.outcome) throw this.outcome.error;
      return this.outcome.value;
    }
    return new Wait<V>((waker) => {
      this.#waker = waker;
      arrived();
      return this.#cancel;
    }, this.#wait.target);
  }
}

const loans = new Set<WeakRef<Loan<unknown>>>();
const forget = new FinalizationRegistry<WeakRef<Loan<unknown>>>((loan) => loans.delete(loan));

onWorkerDeath((threadId) => {
  for (const loan of loans) loan.deref()?.bury(threadId);
});

export class Loan<T> {
  readonly #core: QueueCore<T>;
  readonly #items: Fifo<T>;
  #ring: Ring;
  #lent = false;
  #getter: StandIn<T> | undefined;
  #putter: StandIn<void> | undefined;
  /** Objects that came from Workers, so that nobody at the hub knows them. */
  #foreign = new WeakSet<object>();
  /** How many calls of Workers there were since the last call of somebody else, or the last attempt to lend. */
  #calls = 0;

  constructor(core: QueueCore<T>, items: Fifo<T>) {
    this.#core = core;
    this.#items = items;
    this.#ring = Ring.make(core.maxSize);
    const reference = new WeakRef(this as Loan<unknown>);
    loans.add(reference);
    forget.register(this, reference);
  }

  get words(): Int32Array {
    return this.#ring.words;
  }

  /** While it is lent. */
  get counts(): Bank | undefined {
    if (!this.#lent) return undefined;
    const counts = this.#ring.counts(HUB);
    if (!counts) this.recall();
    return counts;
  }

  /** An item comes with the present call. */
  received(item: T): void {
    // An argument of the call itself: one who is called back in the course of it may put what is its own.
    if (isObject(item) && workerCall()?.args.includes(item)) this.#foreign.add(item);
  }

  /** Gets the state back, if it is lent. */
  recall(): void {
    if (workerCall() === undefined) this.#calls = 0;
    if (!this.#lent) return;
    this.#lent = false;
    const { texts, unfinished, getter, handed, putter, pending } = this.#ring.takeAway();
    if (this.#ring.gone) this.#ring = Ring.make(this.#core.maxSize);
    for (const text of texts) this.#items.add(this.#foreigner(text));
    this.#core.unfinished = unfinished;
    if (getter !== 0) this.#standInForGetter(Math.abs(getter), handed);
    if (putter !== 0) this.#standInForPutter(Math.abs(putter), pending);
  }

  #foreigner(text: string): T {
    const item = itemOf(text) as T;
    if (isObject(item)) this.#foreign.add(item);
    return item;
  }

  #standInForGetter(threadId: number, handed: string | undefined): void {
    const item = handed === undefined ? undefined : { value: this.#foreigner(handed) };
    if (!liveThread(threadId)) {
      if (item) this.#items.giveBack(item.value);
      return;
    }
    this.#getter = new StandIn<T>(threadId, this.#core.getWait());
    if (item) this.#getter.outcome = item;
    else this.#getter.begin();
  }

  #standInForPutter(threadId: number, pending: string | undefined): void {
    if (!liveThread(threadId)) return;
    const item = pending === undefined ? undefined : this.#foreigner(pending);
    this.#putter = new StandIn<void>(threadId, this.#core.putWait(item as T));
    if (pending === undefined) this.#putter.outcome = { value: undefined };
    else this.#putter.begin();
  }

  /** For the Worker that calls because it has napped for an item. */
  claimItem(): T | Wait<T> | typeof UNCLAIMED {
    const getter = this.#getter;
    if (getter?.threadId !== caller()) return UNCLAIMED;
    this.#getter = undefined;
    return (getter as StandIn<T>).handOver(() => {});
  }

  /** Is the item for which the calling Worker napped still not in? If it is, that was the answer to its nap. */
  pending(): boolean {
    const putter = this.#putter;
    if (putter?.threadId !== caller()) return false;
    const done = putter?.outcome && 'value' in putter.outcome;
    if (done) this.#putter = undefined;
    return !done;
  }

  /** For the Worker that calls because it has napped for room, and was told that its item is not in. */
  claimRoom(): Wait<void> | undefined {
    const putter = this.#putter;
    if (putter?.threadId !== caller()) return undefined;
    this.#putter = undefined;
    return putter?.handOver(() => this.#core.admit()) as Wait<void> | undefined;
  }

  /**
   * Is a Worker first in the line for room that has not come yet? Nobody is let in before it comes, because it may turn
   * out to have been killed, and its item must not be in then.
   */
  get keepsRoom(): boolean {
    return this.#putter !== undefined && this.#putter.outcome === undefined;
  }

  /** A Worker's thread has died: its turn goes to the next. */
  bury(threadId: number): void {
    const counts = this.#lent ? this.counts : undefined;
    if (Math.abs(counts?.getter ?? 0) === threadId || Math.abs(counts?.putter ?? 0) === threadId)
      this.recall();
    const [getter, putter] = [this.#getter, this.#putter];
    if (getter?.threadId === threadId) {
      this.#getter = undefined;
      getter.cancel();
      if (getter.outcome && 'value' in getter.outcome) this.#core.giveBack(getter.outcome.value);
    }
    if (putter?.threadId === threadId) {
      this.#putter = undefined;
      putter.cancel();
      this.#core.admit();
    }
  }

  /** Lends the state, if it is fit and worth it. */
  lend(): void {
    const { getters, putters, joiners, links, closed } = this.#core;
    const { size } = this.#items;
    if (workerCall() === undefined || this.#lent || ++this.#calls < size) return;
    if (this.#getter || this.#putter) return;
    if (getters.size + putters.size + joiners.size + links.size > 0 || closed) return;
    this.#calls = 0;
    if (size > this.#ring.room) return;
    const texts: string[] = [];
    for (const item of this.#items) {
      const own = isObject(item) && !this.#foreign.has(item);
      const text = own ? undefined : textOf(item, ITEM_BYTES);
      if (text === undefined) return;
      texts.push(text);
    }
    this.#items.clear();
    this.#ring.give(texts, this.#core.unfinished);
    this.#lent = true;
  }
}

/** The call of a Worker that the hub performs now. */
function workerCall(): Call | undefined {
  const call = beginningCall();
  return (call?.thread as GreenThread | undefined)?.kind === 'worker' ? call : undefined;
}

/** Its thread, as the ring knows it. Nobody's is negative. */
function caller(): number {
  return (workerCall()?.thread as GreenThread | undefined)?.id ?? -1;
}

function isObject(item: unknown): item is object {
  return typeof item === 'object' && item !== null;
}
