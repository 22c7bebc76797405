/**
 * Every primitive against a plain model of it: random commands, by coroutines and fibers mixed, with random kills.
 */
/* oxlint-disable vitest/expect-expect -- agree() asserts, after each command */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  Barrier,
  Channel,
  Event,
  LifoQueue,
  PriorityQueue,
  Queue,
  RWLock,
  Semaphore,
} from 'coppice';
import { settle, Waiters, type Kind } from './waiters.ts';

/** Who waits in the model, in order. */
interface Place {
  readonly id: number;
  readonly tag: string;
  readonly item?: number;
}

/** A primitive as it should be, in the plainest way. `ended` is told of each waiter that ends. */
abstract class Model {
  readonly ended = new Map<number, unknown>();
  waiting: Place[] = [];

  cancel(id: number): void {
    if (!this.waiting.some((place) => place.id === id)) return;
    this.waiting = this.waiting.filter((place) => place.id !== id);
    this.ended.set(id, 'cancelled');
    this.left();
  }

  left(): void {}

  abstract enter(id: number, tag: string, item: number): void;
}

interface Command {
  readonly kind: Kind;
  readonly action: number;
  readonly item: number;
}

const command = fc.record<Command>({
  kind: fc.constantFrom<Kind>('coroutine', 'fiber'),
  action: fc.nat(99),
  item: fc.nat(5),
});

interface Subject {
  readonly object: object;
  readonly model: Model;
  /** The blocking methods, by weight: each is entered in the model under its name. */
  readonly waits: readonly { readonly method: string; readonly takesItem?: boolean }[];
  /** What does not wait. */
  readonly acts: readonly (() => void)[];
  /** Compares what both show. */
  readonly check?: () => void;
}

const sorted = (ended: Map<number, unknown>): [number, unknown][] =>
  [...ended].toSorted(([a], [b]) => a - b);

async function agree(makeSubject: () => Subject): Promise<void> {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 40 }), async (commands) => {
      const { object, model, waits, acts, check } = makeSubject();
      const waiters = new Waiters();
      let started = 0;
      for (const { kind, action, item } of commands) {
        if (action < 20 && started > 0) {
          const id = item % started;
          waiters.cancel(id);
          model.cancel(id);
        } else if (action < 50 && acts.length > 0) {
          acts[action % acts.length]?.();
        } else {
          const { method, takesItem } = waits[action % waits.length] as Subject['waits'][number];
          const id = waiters.start(kind, object, method, ...(takesItem ? [item] : []));
          started = id + 1;
          model.enter(id, method, item);
        }
        await settle();
        expect(sorted(waiters.ended)).toEqual(sorted(model.ended));
        check?.();
      }
    }),
    { numRuns: 150 },
  );
}

class SemaphoreModel extends Model {
  free: number;

  constructor(free: number) {
    super();
    this.free = free;
  }

  enter(id: number, tag: string): void {
    this.waiting.push({ id, tag });
    this.serve();
  }

  serve(): void {
    while (this.free > 0 && this.waiting.length > 0) {
      this.free--;
      this.ended.set((this.waiting.shift() as Place).id, true);
    }
  }
}

class QueueModel extends Model {
  items: number[] = [];
  closed = false;
  readonly maxSize: number;
  readonly #pick: (items: number[]) => number;

  constructor(maxSize: number, pick: (items: number[]) => number) {
    super();
    this.maxSize = maxSize;
    this.#pick = pick;
  }

  enter(id: number, tag: string, item: number): void {
    this.waiting.push({ id, tag, item });
    this.serve();
  }

  shutdown(): void {
    this.closed = true;
    this.serve();
  }

  /** Repeats whatever is possible for the one who waits longest, until nothing is. */
  serve(): void {
    for (;;) {
      const next = this.waiting.find((place) => this.possible(place));
      if (!next) return;
      this.waiting = this.waiting.filter((place) => place !== next);
      this.ended.set(next.id, this.perform(next));
    }
  }

  possible({ tag }: Place): boolean {
    if (tag === 'put') return this.closed || this.items.length < this.maxSize;
    return this.closed || this.items.length > 0;
  }

  perform({ tag, item }: Place): unknown {
    if (tag === 'put') {
      if (this.closed) return 'ERR_COPPICE_CLOSED';
      this.items.push(item as number);
      return undefined;
    }
    if (this.items.length === 0) return 'ERR_COPPICE_CLOSED';
    const index = this.#pick(this.items);
    return tag === 'peek' ? this.items[index] : this.items.splice(index, 1)[0];
  }
}

class ChannelModel extends Model {
  enter(id: number, tag: string, item: number): void {
    const other = tag === 'send' ? 'receive' : 'send';
    const partner = this.waiting.find((place) => place.tag === other);
    if (!partner) {
      this.waiting.push({ id, tag, item });
      return;
    }
    this.waiting = this.waiting.filter((place) => place !== partner);
    this.ended.set(id, tag === 'send' ? undefined : partner.item);
    this.ended.set(partner.id, tag === 'send' ? item : undefined);
  }
}

class RWLockModel extends Model {
  readers = 0;
  writer = false;

  enter(id: number, tag: string): void {
    this.waiting.push({ id, tag });
    this.serve();
  }

  override left(): void {
    this.serve();
  }

  serve(): void {
    for (let first = this.waiting[0]; first; first = this.waiting[0]) {
      const writes = first.tag === 'acquireWrite';
      if (this.writer || (writes && this.readers > 0)) return;
      if (writes) this.writer = true;
      else this.readers++;
      this.waiting.shift();
      this.ended.set(first.id, true);
    }
  }
}

class EventModel extends Model {
  isSet = false;

  enter(id: number, tag: string): void {
    if (this.isSet) this.ended.set(id, true);
    else this.waiting.push({ id, tag });
  }

  set(): void {
    this.isSet = true;
    for (const { id } of this.waiting) this.ended.set(id, true);
    this.waiting = [];
  }
}

class BarrierModel extends Model {
  enter(id: number, tag: string): void {
    this.waiting.push({ id, tag });
    if (this.waiting.length < 3) return;
    for (const [index, place] of this.waiting.entries()) this.ended.set(place.id, index);
    this.waiting = [];
  }
}

function queueSubject(
  makeQueue: (maxSize: number) => Queue<number>,
  pick: (items: number[]) => number,
): Subject {
  const queue = makeQueue(2);
  const model = new QueueModel(2, pick);
  return {
    object: queue,
    model,
    waits: [
      { method: 'get' },
      { method: 'put', takesItem: true },
      { method: 'get' },
      { method: 'put', takesItem: true },
      { method: 'peek' },
    ],
    acts: [
      () => {
        expect(queue.tryGet()).toBe(model.items.splice(pick(model.items), 1)[0]);
        model.serve();
      },
    ],
    check: () => expect(queue.size).toBe(model.items.length),
  };
}

const smallest = (items: number[]): number => items.indexOf(Math.min(...items));

describe('agrees with its model', () => {
  test('Semaphore', () =>
    agree(() => {
      const semaphore = new Semaphore(2);
      const model = new SemaphoreModel(2);
      return {
        object: semaphore,
        model,
        waits: [{ method: 'acquire' }],
        acts: [
          () => {
            semaphore.release();
            model.free++;
            model.serve();
          },
          () => {
            const free = model.free > 0;
            if (free) model.free--;
            expect(semaphore.tryAcquire()).toBe(free);
          },
        ],
        check: () => expect(semaphore.value).toBe(model.free),
      };
    }));

  test('Event', () =>
    agree(() => {
      const event = new Event();
      const model = new EventModel();
      return {
        object: event,
        model,
        waits: [{ method: 'wait' }],
        acts: [
          () => (event.set(), model.set()),
          () => (event.clear(), void (model.isSet = false)),
          () => (event.set(), event.clear(), model.set(), void (model.isSet = false)),
        ],
        check: () => expect(event.statistics().waiting).toBe(model.waiting.length),
      };
    }));

  test('Queue', () =>
    agree(() =>
      queueSubject(
        (maxSize) => new Queue({ maxSize }),
        () => 0,
      ),
    ));

  test('LifoQueue', () =>
    agree(() =>
      queueSubject(
        (maxSize) => new LifoQueue({ maxSize }),
        (items) => items.length - 1,
      ),
    ));

  test('PriorityQueue', () =>
    agree(() => queueSubject((maxSize) => new PriorityQueue({ maxSize }), smallest)));

  test('Queue that is shut down', () =>
    agree(() => {
      const subject = queueSubject(
        (maxSize) => new Queue({ maxSize }),
        () => 0,
      );
      const act = (): void => {
        (subject.object as Queue).shutdown();
        (subject.model as QueueModel).shutdown();
      };
      return { ...subject, acts: [act] };
    }));

  test('Channel', () =>
    agree(() => ({
      object: new Channel(),
      model: new ChannelModel(),
      waits: [{ method: 'send', takesItem: true }, { method: 'receive' }],
      acts: [],
    })));

  test('RWLock', () =>
    agree(() => {
      const lock = new RWLock();
      const model = new RWLockModel();
      return {
        object: lock,
        model,
        waits: [{ method: 'acquireRead' }, { method: 'acquireWrite' }],
        acts: [
          () => {
            if (model.writer) {
              lock.releaseWrite();
              model.writer = false;
            } else if (model.readers > 0) {
              lock.releaseRead();
              model.readers--;
            }
            model.serve();
          },
        ],
        check: () => expect(lock.statistics().readers).toBe(model.readers),
      };
    }));

  test('Barrier', () =>
    agree(() => ({
      object: new Barrier(3),
      model: new BarrierModel(),
      waits: [{ method: 'wait' }],
      acts: [],
    })));
});
