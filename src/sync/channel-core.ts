/**
 * The state of a `Channel`, at the hub; see channel.ts for its rules.
 */
import { Returned } from '../core/returned.ts';
import type { Link } from '../core/links.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import type { Wait, WaitTarget } from '../core/wait.ts';
import { LevelLinks } from './level-links.ts';
import { closedError } from './queue-core.ts';

const SENDER: WaitTarget = { what: 'a sender on a Channel' };

const RECEIVER: WaitTarget = { what: 'a receiver on a Channel' };

export class ChannelCore<T> {
  readonly #links = new LevelLinks(() => this.ready);
  readonly senders = new WaitQueue<void, T>(RECEIVER);
  readonly receivers = new WaitQueue<T>(SENDER);
  /** Values whose sender has gone on but whose receiver turned out to be gone: the next ones to be received. */
  readonly #returned: T[] = [];
  readonly #back = new Returned<T>();
  closed = false;

  get ready(): boolean {
    return this.senders.size > 0 || this.#returned.length > 0 || this.closed;
  }

  trySend(value: T): boolean {
    if (this.closed) throw closedError('Channel');
    return this.receivers.wakeOne(value);
  }

  send(value: T): void | Wait<void> {
    return this.trySend(value) ? undefined : this.sendWait(value);
  }

  /** Sending on the spot, for a sender who may turn out to be gone: a receiver cannot be asked to give a value back. */
  commit(value: T): { value: void; act(): void } | undefined {
    if (this.closed || this.receivers.size === 0) return undefined;
    return { value: undefined, act: () => this.giveBack(value) };
  }

  /** Only waits, for one who knows that there is no receiver. */
  sendWait(value: T): Wait<void> {
    const wait = this.senders.wait(value);
    if (this.#links.size > 0) queueMicrotask(() => this.ready && this.#links.fire());
    return wait;
  }

  tryReceive(): { readonly item: T } | undefined {
    if (this.#returned.length > 0) return { item: this.#returned.shift() as T };
    for (let sender = this.senders.take(); sender; sender = this.senders.take())
      if (sender.wake()) return { item: sender.data };
    return undefined;
  }

  receive(): T | Wait<T> {
    const got = this.tryReceive();
    if (got) return got.item;
    if (this.closed) throw closedError('Channel');
    return this.receiveWait();
  }

  /** Only waits, for one who knows that there is no sender. */
  receiveWait(): Wait<T> {
    return this.receivers.wait(undefined);
  }

  /** Gives the value to a receiver, or keeps it for the next: its sender has gone on already. */
  giveBack(value: T): void {
    if (this.receivers.wakeOne(value)) return;
    this.#returned.splice(this.#back.place(value, this.#returned), 0, value);
  }

  close(): void {
    this.closed = true;
    this.senders.failAll(closedError('Channel'));
    this.receivers.failAll(closedError('Channel'));
    this.#links.fire();
  }

  link(callback: Link<unknown>, source: unknown): void {
    this.#links.add(callback, source);
  }

  unlink(callback: Link<unknown>): void {
    this.#links.remove(callback);
  }
}
