/**
 * `Queue`, `LifoQueue` and `PriorityQueue`: items between those who make and those who take, in any kind of thread.
 *
 * The state is at the hub, or lent to the Workers; see queue-core.ts. Lent is only what is first in, first out: the ring
 * knows no other order.
 */
import { answered } from '../core/answer.ts';
import { checkOptions, invalidArgument } from '../core/errors.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
import type { Link, Waitable } from '../core/links.ts';
import { twinOf, setTwin } from '../core/twin.ts';
import { asResult, Items, type NextCall } from './items.ts';
import { CORE, method, Primitive, registerKind, twin, performed } from './primitive.ts';
import { linkFace, unlinkFace } from './face-links.ts';
import { QueueCore, type QueueStatistics } from './queue-core.ts';
import {
  ASK_HUB,
  getHere,
  goingToHub,
  IN_LINE,
  joinedHere,
  NOTHING,
  peekHere,
  putHere,
  sizeHere,
  taskDoneHere,
  tryGetHere,
  tryPutHere,
} from './queue-in-worker.ts';
import { ByPriority, Fifo, Lifo, type Compare } from './storage.ts';

export interface QueueOptions {
  /** How many items it holds before putters wait. Default: no limit. */
  maxSize?: number | undefined;
}

export interface PriorityQueueOptions<T> extends QueueOptions {
  /** Which of two items comes out first. Default: the smaller one by `<`. Only for queues made on the main thread. */
  compare?: Compare<T> | undefined;
}

/**
 * Items, first in, first out.
 *
 * Follows gevent's `JoinableQueue`, and Python's `shutdown`.
 *
 * @example
 * const queue = new Queue({ maxSize: 100 });
 * spawn(new URL('./consumer.js', import.meta.url), queue); // there: for (const item of queue) …
 * await queue.putAsync('work');
 * queue.shutdown();
 */
export class Queue<T = unknown>
  extends Primitive<QueueCore<T>>
  implements Waitable<Queue<T>>, Iterable<T>, AsyncIterable<T>
{
  /** @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`. */
  constructor(options: QueueOptions = {}, kind = 'queue') {
    const given: unknown = options;
    if (typeof given === 'number')
      throw invalidArgument(`A queue takes an object, { maxSize: ${given} }; got ${given}.`);
    const names = kind === 'priority-queue' ? ['maxSize', 'compare'] : ['maxSize'];
    checkOptions(options, 'a queue', names);
    const { maxSize = Infinity } = options;
    if (maxSize !== Infinity && !(Number.isInteger(maxSize) && maxSize >= 1)) {
      throw invalidArgument(
        `maxSize must be a whole number, 1 or more; got ${String(maxSize)}. Use a Channel to hand over without room.`,
      );
    }
    super(kind, [options]);
  }

  /** How many items are in it. */
  get size(): number {
    return this[CORE] ? this[CORE].size : (sizeHere(this) ?? sizeCall(this));
  }

  /** How many items it holds before putters wait. */
  get maxSize(): number {
    return this[CORE] ? this[CORE].maxSize : statisticsCall(this).maxSize;
  }

  /** Would `get` not wait? */
  get ready(): boolean {
    return this.size > 0 || this.closed;
  }

  /** Was it shut down? */
  get closed(): boolean {
    return this[CORE] ? this[CORE].closed : statisticsCall(this).closed;
  }

  /**
   * Takes the next item out, waiting for one.
   *
   * @throws {Timeout} when `options.timeout` milliseconds are over.
   * @throws {CoppiceError} `ERR_COPPICE_CLOSED` when it was shut down and is empty.
   */
  get(options?: WaitOptions): T {
    const item = getHere(this, options);
    if (item === IN_LINE) return getCall(this, undefined, true) as T;
    return (item === ASK_HUB ? getCall(this, options) : item) as T;
  }

  /** The explicit face of `get`. */
  getAsync(options?: WaitOptions): Promise<T> {
    return goingToHub(this, () => getCall.async(this, options)) as Promise<T>;
  }

  /**
   * Puts an item in, waiting for room.
   *
   * @throws {Timeout} when `options.timeout` milliseconds are over.
   * @throws {CoppiceError} `ERR_COPPICE_CLOSED` when it was shut down.
   */
  put(item: T, options?: WaitOptions): void {
    const done = putHere(this as Any, item, options, pendingCall);
    if (done === IN_LINE) putCall(this, item, undefined, true);
    else if (done === ASK_HUB) putCall(this, item, options);
  }

  /** The explicit face of `put`. */
  putAsync(item: T, options?: WaitOptions): Promise<void> {
    return goingToHub(this, () => putCall.async(this, item, options));
  }

  /** Gives the next item without taking it out, waiting for one. */
  peek(options?: WaitOptions): T {
    const item = peekHere(this, options);
    return (item === ASK_HUB ? peekCall(this, options) : item) as T;
  }

  /** The explicit face of `peek`. */
  peekAsync(options?: WaitOptions): Promise<T> {
    return peekCall.async(this, options) as Promise<T>;
  }

  /** Takes the next item out if there is one. Never waits. @returns `undefined` when it is empty. */
  tryGet(): T | undefined {
    const item = tryGetHere(this);
    if (item === NOTHING) return undefined;
    return (item === ASK_HUB ? tryGetCall(this)?.item : item) as T | undefined;
  }

  /** Puts an item in if there is room. Never waits. @returns was there room? */
  tryPut(item: T): boolean {
    return tryPutHere(this, item) ?? tryPutCall(this, item);
  }

  /** Says that an item that was got has been dealt with. */
  taskDone(): void {
    if (!taskDoneHere(this)) taskDoneCall(this);
  }

  /** Waits until every item that was put has been dealt with, as `taskDone` says. */
  join(options?: WaitOptions): void {
    if (!joinedHere(this, options)) joinCall(this, options);
  }

  /** The explicit face of `join`. */
  joinAsync(options?: WaitOptions): Promise<void> {
    return joinCall.async(this, options);
  }

  /**
   * Lets nothing more in. Waiting putters fail; getters get what is left, and then fail.
   *
   * @param options.immediate drop what is left.
   */
  shutdown(options: { immediate?: boolean } = {}): void {
    checkOptions(options, 'shutdown()', ['immediate']);
    shutdownCall(this, options.immediate ?? false);
  }

  /** Takes items out until the queue was shut down and is empty. */
  [Symbol.iterator](): IterableIterator<T, undefined> {
    return new Items<Any, unknown>(this as Any, next) as IterableIterator<T, undefined>;
  }

  /** The explicit face of iterating. */
  [Symbol.asyncIterator](): AsyncGenerator<T, undefined> {
    return Items.async<Any, unknown>(this as Any, next) as AsyncGenerator<T, undefined>;
  }

  /** What is in it, and who waits. */
  statistics(): QueueStatistics {
    return Object.freeze(statisticsCall(this));
  }

  rawLink(callback: Link<Queue<T>>): void {
    linkFace(this, callback);
  }

  rawUnlink(callback: Link<Queue<T>>): void {
    unlinkFace(this, callback);
  }
}

/**
 * Items, last in, first out.
 *
 * Follows gevent's `LifoQueue`.
 *
 * @example
 * const stack = new LifoQueue();
 */
export class LifoQueue<T = unknown> extends Queue<T> {
  constructor(options: QueueOptions = {}) {
    super(options, 'lifo-queue');
  }
}

/**
 * Items, the smallest first; equal ones in the order in which they came.
 *
 * Follows gevent's `PriorityQueue`.
 *
 * @example
 * const jobs = new PriorityQueue({ compare: (a, b) => a.due - b.due });
 */
export class PriorityQueue<T = unknown> extends Queue<T> {
  constructor(options: PriorityQueueOptions<T> = {}) {
    const compare = options?.compare;
    if (compare !== undefined && typeof compare !== 'function')
      throw invalidArgument(`compare must be a function (a, b) => number; got ${typeof compare}.`);
    if (compare && heap.way.kind !== 'main') {
      throw invalidArgument(
        'A function cannot be sent to the main thread, where the items are. Make a PriorityQueue with compare there and pass it to the Worker.',
      );
    }
    super(options, 'priority-queue');
  }
}

export type { QueueStatistics };

type Any = Queue;
registerKind(
  'queue',
  Queue,
  ({ maxSize = Infinity }: QueueOptions) => new QueueCore(new Fifo(), maxSize),
);
registerKind(
  'lifo-queue',
  LifoQueue,
  ({ maxSize = Infinity }: QueueOptions) => new QueueCore(new Lifo(), maxSize),
);
registerKind(
  'priority-queue',
  PriorityQueue,
  ({ maxSize = Infinity, compare }: PriorityQueueOptions<unknown>) =>
    new QueueCore(new ByPriority(compare), maxSize),
);

const at = (queue: Any): QueueCore<unknown> => queue[CORE] as QueueCore<unknown>;
const giveBack = (queue: Any, item: unknown): void => at(queue).giveBack(item);
const sizeCall = method('Queue.size', (queue: Any) => at(queue).size);
const getCall = method(
  'Queue.get',
  (queue: Any, _options?: WaitOptions, napped?: boolean) => at(queue).get(napped),
  {
    optionsAt: 0,
    entered: true,
    undo: giveBack,
  },
);
const putCall = method(
  'Queue.put',
  (queue: Any, item: unknown, _options?: WaitOptions, napped?: boolean) =>
    at(queue).put(item, napped),
  {
    optionsAt: 1,
    entered: true,
    commit: (queue, [item]) => at(queue).commit(item, undefined),
  },
);
const pendingCall = method('Queue.pending', (queue: Any) => at(queue).pending());
const peekCall = method('Queue.peek', (queue: Any, _options?: WaitOptions) => at(queue).peek(), {
  optionsAt: 0,
});
const tryGetCall = method('Queue.tryGet', (queue: Any) => at(queue).tryGet(), {
  undo: (queue, got) => got && at(queue).giveBack(got.item),
});
const tryPutCall = method('Queue.tryPut', (queue: Any, item: unknown) => at(queue).tryPut(item), {
  commit: (queue, [item]) => at(queue).commit(item, true),
});
const taskDoneCall = method('Queue.taskDone', (queue: Any) => at(queue).taskDone());
const joinCall = method('Queue.join', (queue: Any, _options?: WaitOptions) => at(queue).join(), {
  optionsAt: 0,
});
const shutdownCall = method('Queue.shutdown', (queue: Any, immediate: boolean) =>
  at(queue).shutdown(immediate),
);
const nextCall = method(
  'Queue.next',
  (queue: Any, _options?: WaitOptions, napped?: boolean) => asResult(() => at(queue).get(napped)),
  {
    optionsAt: 0,
    entered: true,
    undo: (queue, got) => void (got.done || at(queue).giveBack(got.value)),
  },
);
const statisticsCall = method('Queue.statistics', (queue: Any) => at(queue).statistics());

/** `nextCall` for iterators, which in a Worker can do without the hub. */
const next: NextCall<Any, unknown> = Object.assign(
  (queue: Any, options?: WaitOptions): IteratorResult<unknown, undefined> => {
    const value = getHere(queue, options);
    if (value === IN_LINE) return nextCall(queue, undefined, true);
    return value === ASK_HUB ? nextCall(queue, options) : { done: false, value };
  },
  {
    async: (queue: Any, options?: WaitOptions) =>
      goingToHub(queue, () => nextCall.async(queue, options)),
  },
);
setTwin(next, (queue: Any, options?: WaitOptions) => twinOf(nextCall)(queue, options));
// Where fibers switch: see `twin`.
const { get, put } = Queue.prototype;
setTwin(get, function (this: Any, options?: WaitOptions) {
  const core = options === undefined ? this[CORE] : undefined;
  return core
    ? answered(core.get(), giveBack, this)
    : performed({ self: this, method: get, given: [options], call: getCall });
});
setTwin(put, function (this: Any, item: unknown, options?: WaitOptions) {
  const core = options === undefined ? this[CORE] : undefined;
  return core
    ? answered(core.put(item), undefined, this)
    : performed({ self: this, method: put, given: [item, options], call: putCall });
});
twin(Queue.prototype.peek, peekCall);
twin(Queue.prototype.join, joinCall);
