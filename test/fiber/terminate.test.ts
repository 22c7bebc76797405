/**
 * Fibers that are ended by force just when something was handed over to them: it goes to the next one.
 *
 * The virtual clock ends the grace period between two turns of the scheduler, so that a fiber can be caught in the moment
 * between being woken and going on.
 */
import * as fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  Channel,
  Condition,
  current,
  GreenThread,
  Lock,
  Queue,
  RLock,
  RWLock,
  select,
  Semaphore,
  spawn,
  systemClock,
  useClock,
  VirtualClock,
} from 'coppice';
import { runProgram } from '../support.ts';
import { settle } from '../sync/waiters.ts';

const TWIN = Symbol.for('coppice.twin');
type Suspended = Generator<unknown, unknown, unknown>;

/** The twin of a blocking function or method, as compiled code calls it. */
function wait(method: unknown, self?: unknown, ...args: unknown[]): Suspended {
  const twin = (method as Record<symbol, (...args: unknown[]) => Suspended>)[TWIN];
  return Reflect.apply(twin as never, self, args) as Suspended;
}

/** Spawns what a compiled function would be. */
function fiber(body: () => Suspended): GreenThread {
  const target = (): void => {};
  Object.defineProperty(target, TWIN, { value: body });
  return spawn(target);
}

let clock: VirtualClock;

beforeEach(() => {
  clock = new VirtualClock();
  useClock(clock);
});
afterEach(() => useClock(systemClock));

/** Ends it where it is, before the scheduler's next turn. */
function terminate(thread: GreenThread): void {
  void thread.killAsync({ force: true, timeout: 0 });
  clock.advance(0);
}

/** Lets everybody run who can. */
async function quiet(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await settle();
}

test.each([
  ['a permit', (): Semaphore => new Semaphore(1), 'acquire', (one: Semaphore) => one.value === 1],
  ['a lock', (): Lock => new Lock(), 'acquire', (one: Lock) => !one.locked],
  ['an item', (): Queue => full(), 'get', (one: Queue) => one.size === 1],
] as const)(
  'a kill that comes before %s is asked for loses nothing',
  async (_what, make, method, isWhole) => {
    const one = make() as Semaphore & Queue;
    const gate = new Semaphore(0);
    const thread = fiber(function* () {
      yield* wait(gate.acquire, gate);
      // Woken, and killed before it goes on. What it asks for is to be had at once.
      yield* wait(one[method], one, { timeout: 1_000 });
      if (method === 'acquire') one.release();
      else one.put('item');
      yield* wait(gate.acquire, gate);
    });
    await quiet();
    gate.release();
    const killed = thread.killAsync();
    await quiet();
    await killed;
    expect(isWhole(one as never)).toBe(true);
  },
);

function full(): Queue {
  const queue = new Queue();
  queue.put('item');
  return queue;
}

/** One kind of thing to wait for, and how the next one gets what the first one could not take. */
interface Case {
  readonly waits: () => Suspended;
  readonly give: () => void;
}

const cases: Record<string, () => Case> = {
  'an item of a queue': () => {
    const queue = new Queue<string>();
    return { waits: () => wait(queue.get, queue), give: () => queue.tryPut('given') };
  },
  'an item that is iterated over': () => {
    const queue = new Queue<string>();
    const next = (): Suspended => {
      const items = queue[Symbol.iterator]();
      return wait(items.next, items);
    };
    return { waits: next, give: () => queue.tryPut('given') };
  },
  'an item got with a time limit': () => {
    const queue = new Queue<string>();
    return {
      waits: () => wait(queue.get, queue, { timeout: 60_000 }),
      give: () => queue.tryPut('given'),
    };
  },
  'a value of a channel': () => {
    const channel = new Channel<string>();
    return {
      waits: () => wait(channel.receive, channel),
      give: () => void channel.sendAsync('given'),
    };
  },
  'a permit': () => {
    const semaphore = new Semaphore(0);
    return { waits: () => wait(semaphore.acquire, semaphore), give: () => semaphore.release() };
  },
  'a permit with a time limit': () => {
    const semaphore = new Semaphore(0);
    return {
      waits: () => wait(semaphore.acquire, semaphore, { timeout: 60_000 }),
      give: () => semaphore.release(),
    };
  },
  'a lock': () => {
    const lock = new Lock();
    lock.tryAcquire();
    return { waits: () => wait(lock.acquire, lock), give: () => lock.release() };
  },
  'an RLock': () => {
    const lock = new RLock();
    lock.tryAcquire();
    return { waits: () => wait(lock.with, lock, () => 'held'), give: () => lock.release() };
  },
  'an RWLock': () => {
    const lock = new RWLock();
    void lock.acquireWriteAsync();
    return { waits: () => wait(lock.acquireWrite, lock), give: () => lock.releaseWrite() };
  },
  'what select() got': () => {
    const [queue, channel] = [new Queue<string>(), new Channel<string>()];
    return {
      waits: () => wait(select, undefined, [{ get: queue }, { receive: channel }]),
      give: () => queue.tryPut('given'),
    };
  },
};

for (const [name, make] of Object.entries(cases)) {
  test(`${name} goes to the next`, async () => {
    const { waits, give } = make();
    const went: string[] = [];
    const waiter = (label: string): GreenThread =>
      fiber(function* () {
        yield* waits();
        went.push(label);
      });
    const [first, second] = [waiter('first'), waiter('second')];
    await quiet();
    give();
    terminate(first);
    await quiet();
    expect([first.ready, second.ready, went]).toEqual([true, true, ['second']]);
  });
}

test.each([
  ['before it has', (first: GreenThread) => terminate(first), () => {}],
  ['with', () => {}, (first: GreenThread) => terminate(first)],
])(
  'a notification goes to the next, of one who is ended %s the lock',
  async (_when, before, after) => {
    const condition = new Condition();
    let notified = 0;
    const waiter = (): GreenThread =>
      fiber(function* () {
        yield* wait(condition.acquire, condition);
        yield* wait(condition.wait, condition);
        notified++;
        condition.release();
      });
    const [first, second] = [waiter(), waiter()];
    await quiet();
    await condition.acquireAsync();
    condition.notify();
    before(first);
    condition.release();
    after(first);
    await quiet();
    expect([first.ready, second.ready, notified]).toEqual([true, true, 1]);
    expect(condition.lock.locked).toBe(false);
  },
);

test('a lock that comes back after a notification goes to the next', async () => {
  const condition = new Condition(new RLock());
  const waiter = fiber(function* () {
    yield* wait(condition.acquire, condition);
    yield* wait(condition.wait, condition);
  });
  await quiet();
  await condition.acquireAsync();
  condition.notify();
  await quiet();
  // It waits for the lock again, and is handed it.
  condition.release();
  expect(condition.lock.locked).toBe(true);
  terminate(waiter);
  expect(condition.lock.locked).toBe(false);
});

test('what a fiber has gone on with is its own', async () => {
  const queue = new Queue<number>();
  const taken: unknown[] = [];
  const thread = fiber(function* () {
    for (;;) taken.push(yield* wait(queue.get, queue));
  });
  await quiet();
  queue.tryPut(1);
  await quiet();
  terminate(thread);
  await quiet();
  expect([taken, queue.size, thread.ready]).toEqual([[1], 0, true]);
});

/** What a random program does: `who` is taken modulo how many there are. */
const step = fc.record({
  act: fc.constantFrom('give', 'give', 'start', 'start', 'terminate', 'terminate', 'turn'),
  who: fc.nat(30),
});

test('a queue: no item is lost, and none comes twice', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const queue = new Queue<number>();
      const [taken, threads]: [number[], GreenThread[]] = [[], []];
      const dead = new Set<unknown>();
      let given = 0;
      for (const { act, who } of steps) {
        if (act === 'give') queue.tryPut(given++);
        else if (act === 'start') {
          threads.push(
            fiber(function* () {
              for (;;) {
                const item = (yield* wait(queue.get, queue)) as number;
                if (dead.has(current())) throw new Error('It goes on after its end');
                taken.push(item);
              }
            }),
          );
        } else if (act === 'turn') await settle();
        else if (threads.length > 0) {
          const [thread] = threads.splice(who % threads.length, 1) as [GreenThread];
          terminate(thread);
          dead.add(thread);
        }
      }
      await quiet();
      const rest: (number | undefined)[] = [];
      while (queue.size > 0) rest.push(queue.tryGet());
      expect([...taken, ...rest].toSorted((a, b) => Number(a) - Number(b))).toEqual(
        Array.from({ length: given }, (_, number) => number),
      );
      expect(threads.length === 0 || rest.length === 0).toBe(true);
      for (const thread of threads) terminate(thread);
    }),
    { numRuns: 300 },
  );
});

test('locks and semaphores: what nobody goes on with is free', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const [semaphore, lock] = [new Semaphore(0), new Lock()];
      const threads: GreenThread[] = [];
      const ended = { permits: 0, lock: 0 };
      let free = 0;
      lock.tryAcquire();
      for (const { act, who } of steps) {
        if (act === 'give' && who % 2 === 0) {
          semaphore.release();
          free++;
        } else if (act === 'give') {
          // Held by the test, so that there is somebody to be handed it.
          if (lock.statistics().owner === 'main') lock.release();
          else lock.tryAcquire();
        } else if (act === 'start') {
          threads.push(
            fiber(function* () {
              if (who % 2 === 0) {
                yield* wait(semaphore.acquire, semaphore);
                ended.permits++;
              } else {
                yield* wait(lock.acquire, lock);
                ended.lock++;
                lock.release();
              }
            }),
          );
        } else if (act === 'turn') await settle();
        else if (threads.length > 0) {
          terminate(threads.splice(who % threads.length, 1)[0] as GreenThread);
        }
      }
      if (lock.statistics().owner === 'main') lock.release();
      await quiet();
      expect(semaphore.value).toBe(free - ended.permits);
      expect(semaphore.value === 0 || semaphore.statistics().waiting === 0).toBe(true);
      expect(lock.statistics()).toMatchObject({ locked: false, waiting: 0 });
      for (const thread of threads) terminate(thread);
      expect(semaphore.statistics().waiting).toBe(0);
    }),
    { numRuns: 300 },
  );
});

test.each([[[0, 1, 2]], [[2, 1, 0]], [[1, 2, 0]], [[1, 0, 2]]])(
  'what comes back keeps its order, whoever ends first: %j',
  async (order) => {
    const queue = new Queue<number>();
    const getters = order.map(() => fiber(() => wait(queue.get, queue)));
    await quiet();
    for (let n = 0; n < 3; n++) queue.put(n);
    for (const index of order) terminate(getters[index] as GreenThread);
    for (let n = 3; n < 5; n++) queue.put(n);
    expect(Array.from({ length: 5 }, () => queue.tryGet())).toEqual([0, 1, 2, 3, 4]);
  },
);

test.each(['stdin', 'socket'])('so do the lines of %s', async (name) => {
  const flags = ['--import', new URL('../../dist/register.js', import.meta.url).href];
  const input = '1\n2\n3\n4\n5\n';
  const result = await runProgram('fibers/ended-readers.mjs', [name], { flags, input });
  expect(result).toEqual({ stdout: '["1","2","3","4","5"]\n', stderr: '', code: 0 });
});
