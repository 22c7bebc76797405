/**
 * A Queue against a plain model of it, by Workers, fibers and coroutines mixed, with kills and timeouts: after each
 * command both show the same, and everybody was served in the order in which he came. fast-check prints the seed.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { configure, Queue, wrap, type GreenThread } from 'coppice';
import { fixture } from '../support.ts';
import { Waiters, type Kind } from './waiters.ts';

const WORKERS = 6;
configure({ maxWorkers: WORKERS });
const jobs = wrap(fixture('sync/streams.js'));

/** The queue as it should be, in the plainest way. */
class Model {
  readonly ended = new Map<number, unknown>();
  items: number[] = [];
  getters: number[] = [];
  putters: { readonly id: number; readonly item: number }[] = [];
  readonly #maxSize: number;

  constructor(maxSize: number) {
    this.#maxSize = maxSize;
  }

  get(id: number): void {
    this.getters.push(id);
    this.#serve();
  }

  put(id: number, item: number): void {
    this.putters.push({ id, item });
    this.#serve();
  }

  waits(id: number): boolean {
    return this.getters.includes(id) || this.putters.some((putter) => putter.id === id);
  }

  leave(id: number, how: string): void {
    this.getters = this.getters.filter((getter) => getter !== id);
    this.putters = this.putters.filter((putter) => putter.id !== id);
    this.ended.set(id, how);
  }

  #serve(): void {
    for (;;) {
      const [getter] = this.getters;
      const [putter] = this.putters;
      if (getter !== undefined && this.items.length > 0) {
        this.getters.shift();
        this.ended.set(getter, this.items.shift());
      } else if (putter && this.items.length < this.#maxSize) {
        this.putters.shift();
        this.items.push(putter.item);
        this.ended.set(putter.id, null);
      } else return;
    }
  }
}

/** Waiters in Workers: each does one thing at a time. */
class Servants {
  readonly ended = new Map<number, unknown>();
  readonly #queue: Queue<number>;
  readonly #answers = new Queue<[number, unknown]>();
  readonly #busy = new Map<number, GreenThread>();
  readonly #idle: GreenThread[] = [];

  constructor(queue: Queue<number>) {
    this.#queue = queue;
  }

  /** Would another have to wait for a Worker? */
  get full(): boolean {
    return this.#busy.size === WORKERS;
  }

  start(id: number, method: string, ...args: unknown[]): void {
    const thread = this.#idle.pop() ?? jobs['servant']!(this.#queue, this.#answers);
    this.#busy.set(id, thread);
    thread.send([id, method, ...args]);
  }

  async kill(id: number): Promise<void> {
    await this.#busy.get(id)?.killAsync();
    this.#busy.delete(id);
    this.ended.set(id, 'cancelled');
  }

  /** Takes in what was answered. */
  listen(): void {
    for (let answer = this.#answers.tryGet(); answer; answer = this.#answers.tryGet()) {
      const [id, value] = answer;
      this.ended.set(id, value);
      this.#idle.push(this.#busy.get(id) as GreenThread);
      this.#busy.delete(id);
    }
  }

  async end(): Promise<void> {
    await Promise.all([...this.#idle, ...this.#busy.values()].map((thread) => thread.killAsync()));
  }
}

interface Command {
  readonly kind: Kind | 'worker';
  readonly action: 'get' | 'put' | 'kill' | 'time out' | 'tryGet' | 'tryPut';
  readonly item: number;
}

const command = fc.record<Command>({
  kind: fc.constantFrom('coroutine', 'fiber', 'worker', 'worker', 'worker'),
  action: fc.constantFrom(
    'get',
    'get',
    'put',
    'put',
    'put',
    'kill',
    'time out',
    'tryGet',
    'tryPut',
  ),
  item: fc.nat(1_000),
});

/** Milliseconds. */
const SOON = 5;

test.each([[1], [3], [Infinity]])('a queue with room for %s', async (maxSize) => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 20, maxLength: 60 }), async (commands) => {
      const queue = new Queue<number>({ maxSize });
      const model = new Model(maxSize);
      const local = new Waiters();
      const servants = new Servants(queue);
      /** Where the waiter of each number is. */
      const places: { readonly kind: Command['kind']; readonly at: number }[] = [];

      const start = (wanted: Command['kind'], method: string, ...args: unknown[]): number => {
        const id = places.length;
        const kind = wanted === 'worker' && servants.full ? 'fiber' : wanted;
        if (kind === 'worker') servants.start(id, method, ...args);
        places.push({
          kind,
          at: kind === 'worker' ? id : local.start(kind, queue, method, ...args),
        });
        return id;
      };
      const seen = (): unknown => {
        servants.listen();
        const { size, waitingToGet, waitingToPut } = queue.statistics();
        const ended = places.flatMap(({ kind, at }, id) => {
          const from = kind === 'worker' ? servants.ended : local.ended;
          return from.has(at) ? [[id, from.get(at) ?? null]] : [];
        });
        return { size, waitingToGet, waitingToPut, ended };
      };
      const expected = (): unknown => ({
        size: model.items.length,
        waitingToGet: model.getters.length,
        waitingToPut: model.putters.length,
        ended: [...model.ended].toSorted(([a], [b]) => a - b),
      });
      const agree = async (): Promise<void> => {
        const wanted = expected();
        // Workers take their time; what is seen first and is not yet so must become so.
        await expect.poll(seen, { timeout: 60_000, interval: 1 }).toEqual(wanted);
      };

      try {
        for (const { kind, action, item } of commands) {
          if (action === 'get') model.get(start(kind, 'get'));
          else if (action === 'put') model.put(start(kind, 'put', item), item);
          else if (action === 'tryGet') {
            const id = places.push({ kind: 'worker', at: places.length }) - 1;
            servants.ended.set(id, queue.tryGet() ?? 'none');
            if (model.items.length > 0) model.get(id);
            else model.ended.set(id, 'none');
          } else if (action === 'tryPut') {
            const id = places.push({ kind: 'worker', at: places.length }) - 1;
            servants.ended.set(id, queue.tryPut(item) ? null : 'full');
            if (model.items.length < maxSize) model.put(id, item);
            else model.ended.set(id, 'full');
          } else if (action === 'kill') {
            const waiting = places.flatMap((_, id) => (model.waits(id) ? [id] : []));
            const id = waiting[item % Math.max(1, waiting.length)];
            if (id === undefined) continue;
            const place = places[id] as (typeof places)[number];
            if (place.kind === 'worker') await servants.kill(id);
            else local.cancel(place.at);
            model.leave(id, 'cancelled');
          } else if (model.items.length === 0 && kind !== 'coroutine') {
            const id = start(kind, 'get', { timeout: SOON });
            model.leave(id, 'ERR_COPPICE_TIMEOUT');
          }
          await agree();
        }
      } finally {
        await servants.end();
      }
    }),
    { numRuns: 40, endOnFailure: true },
  );
});
