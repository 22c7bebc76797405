/**
 * `Channel`: a sender and a receiver meet.
 *
 * Invariants (Go's): `send` goes on when a receiver has the value, and not before; never are a sender and a receiver
 * both waiting; values are received in the order in which their senders came.
 */
import { answered } from '../core/answer.ts';
import type { WaitOptions } from '../core/heap.ts';
import type { Link, Waitable } from '../core/links.ts';
import { setTwin } from '../core/twin.ts';
import { ChannelCore } from './channel-core.ts';
import { asResult, Items } from './items.ts';
import { CORE, method, Primitive, registerKind, performed } from './primitive.ts';
import { linkFace, unlinkFace } from './face-links.ts';

/**
 * A meeting point: a value goes straight from a sender to a receiver.
 *
 * Follows Go's unbuffered channels, and gevent's `Channel`.
 *
 * @example
 * const orders = new Channel();
 * spawn(new URL('./barista.js', import.meta.url), orders); // there: for (const order of orders) …
 * await orders.sendAsync('flat white');
 * orders.close();
 */
export class Channel<T = unknown>
  extends Primitive<ChannelCore<T>>
  implements Waitable<Channel<T>>, Iterable<T>, AsyncIterable<T>
{
  constructor() {
    super('channel', []);
  }

  /** Would `receive` not wait? */
  get ready(): boolean {
    return this[CORE] ? this[CORE].ready : statisticsCall(this).ready;
  }

  /** Was it closed? */
  get closed(): boolean {
    return this[CORE] ? this[CORE].closed : statisticsCall(this).closed;
  }

  /**
   * Waits for a receiver and gives it the value.
   *
   * @throws {Timeout} when `options.timeout` milliseconds are over.
   * @throws {CoppiceError} `ERR_COPPICE_CLOSED`.
   */
  send(value: T, options?: WaitOptions): void {
    sendCall(this, value, options);
  }

  /** The explicit face of `send`. */
  sendAsync(value: T, options?: WaitOptions): Promise<void> {
    return sendCall.async(this, value, options);
  }

  /**
   * Waits for a sender and takes its value.
   *
   * @throws {Timeout} when `options.timeout` milliseconds are over.
   * @throws {CoppiceError} `ERR_COPPICE_CLOSED`.
   */
  receive(options?: WaitOptions): T {
    return receiveCall(this, options) as T;
  }

  /** The explicit face of `receive`. */
  receiveAsync(options?: WaitOptions): Promise<T> {
    return receiveCall.async(this, options) as Promise<T>;
  }

  /** Fails all who wait and all who come; those who iterate end. */
  close(): void {
    closeCall(this);
  }

  /** Receives until it is closed. */
  [Symbol.iterator](): IterableIterator<T, undefined> {
    return new Items(this, nextCall) as Items<Channel<T>, T>;
  }

  /** The explicit face of iterating. */
  [Symbol.asyncIterator](): AsyncGenerator<T, undefined> {
    return Items.async(this, nextCall) as AsyncGenerator<T, undefined>;
  }

  /** Who waits. */
  statistics(): ChannelStatistics {
    return Object.freeze(statisticsCall(this));
  }

  rawLink(callback: Link<Channel<T>>): void {
    linkFace(this, callback);
  }

  rawUnlink(callback: Link<Channel<T>>): void {
    unlinkFace(this, callback);
  }
}

/** What `Channel.statistics()` tells. */
export interface ChannelStatistics {
  readonly ready: boolean;
  readonly closed: boolean;
  readonly waitingToSend: number;
  readonly waitingToReceive: number;
}

type Any = Channel;
registerKind('channel', Channel, () => new ChannelCore());

const at = (channel: Any): ChannelCore<unknown> => channel[CORE] as ChannelCore<unknown>;
const giveBack = (channel: Any, value: unknown): void => at(channel).giveBack(value);
const sendCall = method(
  'Channel.send',
  (channel: Any, value: unknown, _options?: WaitOptions) => at(channel).send(value),
  { optionsAt: 1, commit: (channel, [value]) => at(channel).commit(value) },
);
const receiveCall = method(
  'Channel.receive',
  (channel: Any, _options?: WaitOptions) => at(channel).receive(),
  { optionsAt: 0, undo: giveBack },
);
const nextCall = method(
  'Channel.next',
  (channel: Any, _options?: WaitOptions) => asResult(() => at(channel).receive()),
  { optionsAt: 0, undo: (channel, next) => void (next.done || at(channel).giveBack(next.value)) },
);
const closeCall = method('Channel.close', (channel: Any) => at(channel).close());
const statisticsCall = method('Channel.statistics', (channel: Any): ChannelStatistics => {
  const { ready, closed, senders, receivers } = at(channel);
  return { ready, closed, waitingToSend: senders.size, waitingToReceive: receivers.size };
});
// Where fibers switch: see `twin` in primitive.ts.
const { send, receive } = Channel.prototype;
setTwin(send, function (this: Any, value: unknown, options?: WaitOptions) {
  const core = options === undefined ? this[CORE] : undefined;
  return core
    ? answered(core.send(value), undefined, this)
    : performed({ self: this, method: send, given: [value, options], call: sendCall });
});
setTwin(receive, function (this: Any, options?: WaitOptions) {
  const core = options === undefined ? this[CORE] : undefined;
  return core
    ? answered(core.receive(), giveBack, this)
    : performed({ self: this, method: receive, given: [options], call: receiveCall });
});
