/**
 * Every primitive against a plain model of it, by Workers, fibers and coroutines mixed, with kills, timeouts and a seeded
 * schedule: after each command both show the same. fast-check prints the seed and the commands of a failure. (A Queue has
 * its own, mixed-queue.test.ts, since its state wanders.)
 */
/* oxlint-disable vitest/expect-expect -- agree() asserts, after each command */
import * as fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import {
  AsyncResult,
  Barrier,
  BoundedSemaphore,
  Channel,
  Condition,
  configure,
  Event,
  LifoQueue,
  Lock,
  Pool,
  PriorityQueue,
  Queue,
  RLock,
  RWLock,
  seedScheduler,
  Semaphore,
} from 'coppice';
import { Cast, KINDS, MAIN, MOST, type Kind, type Order, type Servant } from './cast.ts';

// Those that are told, and the jobs of a pool.
configure({ maxWorkers: 2 * MOST });
afterAll(() => seedScheduler(undefined));

/** Who waits in the model, in order. */
interface Place {
  readonly id: number;
  readonly tag: string;
  readonly owner: number;
  readonly item: number;
}

/** A primitive as it should be, in the plainest way: all of it is plain data, so that it can be tried out on a copy. */
abstract class Model<S> {
  state: S & { waiting: Place[]; ended: [id: number, value: unknown][] };

  constructor(state: S) {
    this.state = { ...state, waiting: [], ended: [] };
  }

  get waiting(): Place[] {
    return this.state.waiting;
  }

  enter(place: Place): void {
    this.waiting.push(place);
    this.serve();
  }

  leave({ id }: Place, how: unknown): void {
    this.state.waiting = this.waiting.filter((place) => place.id !== id);
    this.end(id, how);
    this.serve();
  }

  end(id: number, value: unknown): void {
    this.state.ended.push([id, value]);
  }

  /** Lets go on whoever can: the first first. */
  serve(): void {
    for (;;) {
      const next = this.waiting.find((place, index) => this.possible(place, index));
      if (!next) return;
      this.state.waiting = this.waiting.filter((place) => place !== next);
      this.end(next.id, this.perform(next));
    }
  }

  /** Can this one, who stands in this place, go on? */
  abstract possible(place: Place, index: number): boolean;
  /** Does what he waited for. */
  abstract perform(place: Place): unknown;
  /** What he gets whose time is over. */
  late(_place: Place): unknown {
    return 'ERR_COPPICE_TIMEOUT';
  }
}

/** Something that is done without waiting, by the test itself or by a servant. */
interface Act {
  /** Not now? */
  readonly if?: (() => boolean) | undefined;
  /** Done by whoever owns this; by the test without it. */
  readonly by?: (() => number) | undefined;
  readonly order: Order;
  /** What the model makes of it. @returns what the call gives. */
  readonly act: () => unknown;
}

interface Subject {
  readonly model: Model<unknown>;
  /** What is waited for: it tells how many wait, and one who is not there yet has no place in the line. */
  readonly objects: readonly { statistics(): object }[];
  /** In how many of them somebody waits. */
  readonly places?: (tag: string) => number;
  readonly waits: readonly { readonly tag: string; order(item: number): Order; if?(): boolean }[];
  readonly acts: readonly Act[];
  /** Those who had better not wait now, since they hold what they would wait for. */
  readonly holds?: (owner: number) => boolean;
  /** Ends what the servants have begun. */
  readonly finish?: () => Promise<unknown>;
  readonly shown?: () => unknown;
  readonly expected?: () => unknown;
}

interface Command {
  readonly kind: Kind;
  readonly what: 'wait' | 'act' | 'kill' | 'time out';
  readonly pick: number;
  readonly item: number;
}

const command = fc.record<Command>({
  kind: fc.constantFrom(...KINDS),
  what: fc.constantFrom('wait', 'wait', 'wait', 'act', 'act', 'kill', 'time out'),
  pick: fc.nat(1_000),
  item: fc.nat(9),
});

/** Milliseconds. */
const SOON = 4;

async function agree(makeSubject: () => Subject): Promise<void> {
  const commands = fc.array(command, { minLength: 15, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.nat(1_000), commands, (seed, all) => play(makeSubject(), seed, all)),
    { numRuns: 15, endOnFailure: true },
  );
}

async function play(subject: Subject, seed: number, commands: readonly Command[]): Promise<void> {
  const { model, objects, places = () => 1, waits, acts, holds, shown, expected } = subject;
  const cast = new Cast();
  const busy = new Map<number, Servant>();
  seedScheduler(seed);
  const seen = (): unknown => {
    cast.listen();
    const waiting = objects.reduce((sum, object) => sum + waitingAt(object), 0);
    return { ended: [...cast.ended].toSorted(byId), waiting, shown: shown?.() };
  };
  const same = async (): Promise<void> => {
    const waiting = model.waiting.reduce((sum, { tag }) => sum + places(tag), 0);
    const wanted = { ended: model.state.ended.toSorted(byId), waiting, shown: expected?.() };
    // Workers take their time; what is not yet so must become so.
    await expect.poll(seen, { timeout: 20_000, interval: 1 }).toEqual(wanted);
    for (const [id] of model.state.ended) busy.delete(id);
  };
  const free = (kind: Kind): Servant => {
    const not = new Set<Servant>();
    for (;;) {
      const servant = cast.free(kind, not);
      if (holds?.(servant.owner) !== true) return servant;
      // A coroutine is as good as any other.
      if (servant.kind === 'coroutine') return free('fiber');
      not.add(servant);
    }
  };
  const start = (kind: Kind, { pick, item }: Command, late: boolean): void => {
    const possible = waits.filter((wait) => wait.if?.() !== false);
    const wait = possible[pick % possible.length];
    if (!wait) return;
    const servant = free(kind);
    const { tag } = wait;
    const before = structuredClone(model.state);
    const place = { id: cast.next, tag, owner: servant.owner, item };
    model.enter(place);
    if (late && !model.waiting.some(({ id }) => id === place.id)) {
      // It need not wait, and so nothing is to be seen of a limit.
      model.state = before;
      return;
    }
    if (late) model.leave(place, model.late(place));
    const order = wait.order(item);
    busy.set(cast.tell(servant, late ? [...order, { timeout: SOON }] : order), servant);
  };
  try {
    for (const each of commands) {
      const { kind, what, pick } = each;
      if (what === 'wait') start(kind, each, false);
      else if (what === 'time out') start(kind, each, true);
      else if (what === 'kill') {
        const place = model.waiting[pick % Math.max(1, model.waiting.length)];
        if (!place) continue;
        // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
        await cast.kill(place.id);
        model.leave(place, 'killed');
      } else {
        const possible = acts.filter((act) => act.if?.() !== false);
        const act = possible[pick % Math.max(1, possible.length)];
        if (!act) continue;
        const owner = act.by?.();
        const servant =
          owner === undefined || owner === MAIN ? cast.free('coroutine') : cast.owner(owner);
        const id = cast.tell(servant, act.order);
        model.end(id, act.act() ?? null);
        model.serve();
      }
      // oxlint-disable-next-line no-await-in-loop
      await same();
    }
  } finally {
    await cast.end();
    await subject.finish?.();
  }
}

function waitingAt(object: { statistics(): object }): number {
  const counts = Object.entries(object.statistics()) as [string, number][];
  return counts.reduce((sum, [key, count]) => (key.startsWith('waiting') ? sum + count : sum), 0);
}

const byId = ([a]: [number, unknown], [b]: [number, unknown]): number => a - b;

class SemaphoreModel extends Model<{ free: number }> {
  possible(_place: Place, index: number): boolean {
    return index === 0 && this.state.free > 0;
  }
  perform(): unknown {
    this.state.free--;
    return true;
  }
  override late(): unknown {
    return false;
  }
}

test.each([
  ['Semaphore', () => new Semaphore(2), Infinity],
  ['BoundedSemaphore', () => new BoundedSemaphore(2), 2],
] as const)('%s', (_name, make, most) =>
  agree(() => {
    const semaphore = make();
    const model = new SemaphoreModel({ free: 2 });
    return {
      model,
      objects: [semaphore],
      waits: [{ tag: 'acquire', order: () => [semaphore, 'acquire'] }],
      acts: [
        {
          order: [semaphore, 'release'],
          act: () => {
            if (model.state.free === most) return 'ERR_COPPICE_OVER_RELEASE';
            model.state.free++;
            return null;
          },
        },
      ],
      shown: () => semaphore.value,
      expected: () => model.state.free,
    };
  }),
);

class PoolModel extends SemaphoreModel {
  override perform(): unknown {
    this.state.free--;
    return null;
  }
  override late(): unknown {
    return 'ERR_COPPICE_TIMEOUT';
  }
}

class LockModel extends Model<{ owner: number; depth: number; reentrant: boolean }> {
  override enter(place: Place): void {
    const { depth, reentrant, owner } = this.state;
    if (reentrant && depth > 0 && owner === place.owner) this.end(place.id, this.perform(place));
    else super.enter(place);
  }
  possible(_place: Place, index: number): boolean {
    return this.state.depth === 0 && index === 0;
  }
  perform({ owner }: Place): unknown {
    this.state.owner = owner;
    this.state.depth++;
    return true;
  }
  override late(): unknown {
    return false;
  }
}

test.each([
  ['Lock', () => new Lock(), false],
  ['RLock', () => new RLock(), true],
] as const)('%s', (_name, make, reentrant) =>
  agree(() => {
    const lock = make();
    const model = new LockModel({ owner: MAIN, depth: 0, reentrant });
    const held = (): boolean => model.state.depth > 0;
    return {
      model,
      objects: [lock],
      waits: [{ tag: 'acquire', order: () => [lock, 'acquire'] }],
      holds: (owner) => !reentrant && held() && model.state.owner === owner,
      acts: [
        {
          if: held,
          by: () => model.state.owner,
          order: [lock, 'release'],
          act: () => void model.state.depth--,
        },
        {
          if: () => !held(),
          order: [lock, 'release'],
          act: () => 'ERR_COPPICE_NOT_OWNER',
        },
      ],
      shown: () => lock.statistics().depth,
      expected: () => model.state.depth,
    };
  }),
);

class RWLockModel extends Model<{ readers: number[]; writer: number | null }> {
  possible({ tag }: Place, index: number): boolean {
    const { readers, writer } = this.state;
    return index === 0 && writer === null && (tag === 'acquireRead' || readers.length === 0);
  }
  perform({ tag, owner }: Place): unknown {
    if (tag === 'acquireWrite') this.state.writer = owner;
    else this.state.readers.push(owner);
    return true;
  }
  override late(): unknown {
    return false;
  }
}

test('RWLock', () =>
  agree(() => {
    const lock = new RWLock();
    const model = new RWLockModel({ readers: [], writer: null });
    const writes = (): boolean => model.state.writer !== null;
    return {
      model,
      objects: [lock],
      waits: [
        { tag: 'acquireRead', order: () => [lock, 'acquireRead'] },
        { tag: 'acquireWrite', order: () => [lock, 'acquireWrite'] },
      ],
      holds: (owner) => model.state.writer === owner || model.state.readers.includes(owner),
      acts: [
        {
          if: writes,
          by: () => model.state.writer as number,
          order: [lock, 'releaseWrite'],
          act: () => void (model.state.writer = null),
        },
        {
          if: () => model.state.readers.length > 0,
          by: () => model.state.readers[0] as number,
          order: [lock, 'releaseRead'],
          act: () => void model.state.readers.shift(),
        },
      ],
      shown: () => lock.statistics().readers,
      expected: () => model.state.readers.length,
    };
  }));

class LevelModel extends Model<{ value: unknown; level: boolean }> {
  possible(): boolean {
    return this.state.level;
  }
  perform(): unknown {
    return this.state.value;
  }
  override late({ tag }: Place): unknown {
    return tag === 'get' ? 'ERR_COPPICE_TIMEOUT' : false;
  }
}

test('Event', () =>
  agree(() => {
    const event = new Event();
    const model = new LevelModel({ value: true, level: false });
    return {
      model,
      objects: [event],
      waits: [{ tag: 'wait', order: () => [event, 'wait'] }],
      acts: [
        { order: [event, 'set'], act: () => void (model.state.level = true) },
        { order: [event, 'clear'], act: () => void (model.state.level = false) },
      ],
      shown: () => [event.isSet, event.statistics().waiting],
      expected: () => [model.state.level, model.waiting.length],
    };
  }));

test('AsyncResult', () =>
  agree(() => {
    const result = new AsyncResult();
    const model = new LevelModel({ value: 7, level: false });
    return {
      model,
      objects: [result],
      waits: [{ tag: 'get', order: () => [result, 'get'] }],
      acts: [
        {
          if: () => model.waiting.length > 2 && !model.state.level,
          order: [result, 'set', 7],
          act: () => void (model.state.level = true),
        },
      ],
      shown: () => result.ready,
      expected: () => model.state.level,
    };
  }));

class ConditionModel extends Model<{ notified: number }> {
  possible(_place: Place, index: number): boolean {
    return index < this.state.notified;
  }
  perform(): unknown {
    this.state.notified--;
    return true;
  }
  override late(): unknown {
    return false;
  }
  /** Nobody who comes later hears of it. */
  notify(count: number): void {
    this.state.notified = Math.min(count, this.waiting.length);
    this.serve();
  }
}

test('Condition', () =>
  agree(() => {
    const condition = new Condition();
    const model = new ConditionModel({ notified: 0 });
    return {
      model,
      objects: [condition],
      waits: [{ tag: 'wait', order: () => [null, 'waitHolding', condition] }],
      acts: [1, 2].map((count) => ({
        order: [null, 'notifyHolding', condition, count] as const,
        act: () => model.notify(count),
      })),
      shown: () => [condition.statistics().waiting, condition.lock.locked],
      expected: () => [model.waiting.length, false],
    };
  }));

class BarrierModel extends Model<{ broken: boolean }> {
  possible(): boolean {
    return this.state.broken || this.waiting.length === 3;
  }
  perform(): unknown {
    return 'ERR_COPPICE_BROKEN_BARRIER';
  }
  override serve(): void {
    if (this.state.broken) super.serve();
    if (this.waiting.length < 3) return;
    for (const [index, { id }] of this.waiting.entries()) this.end(id, index);
    this.state.waiting = [];
  }
}

test('Barrier', () =>
  agree(() => {
    const barrier = new Barrier(3);
    const model = new BarrierModel({ broken: false });
    const breaks = (): void => {
      model.state.broken = true;
      model.serve();
    };
    return {
      model,
      objects: [barrier],
      waits: [{ tag: 'wait', order: () => [barrier, 'wait'] }],
      acts: [
        { order: [barrier, 'abort'], act: breaks },
        {
          order: [barrier, 'reset'],
          act: () => {
            breaks();
            model.state.broken = false;
          },
        },
      ],
      shown: () => barrier.statistics().waiting,
      expected: () => model.waiting.length,
    };
  }));

class OrderedQueueModel extends Model<{ items: number[] }> {
  readonly #pick: (items: readonly number[]) => number;

  constructor(pick: (items: readonly number[]) => number) {
    super({ items: [] });
    this.#pick = pick;
  }

  possible({ tag }: Place): boolean {
    return tag === 'put' ? this.state.items.length < 2 : this.state.items.length > 0;
  }

  perform({ tag, item }: Place): unknown {
    if (tag === 'put') {
      this.state.items.push(item);
      return null;
    }
    const index = this.#pick(this.state.items);
    return tag === 'peek' ? this.state.items[index] : this.state.items.splice(index, 1)[0];
  }
}

test.each([
  ['LifoQueue', LifoQueue, (items: readonly number[]) => items.length - 1],
  ['PriorityQueue', PriorityQueue, (items: readonly number[]) => items.indexOf(Math.min(...items))],
] as const)('%s', (_name, Type, pick) =>
  agree(() => {
    const queue = new Type<number>({ maxSize: 2 });
    const model = new OrderedQueueModel(pick);
    return {
      model,
      objects: [queue],
      waits: [
        { tag: 'get', order: () => [queue, 'get'] },
        { tag: 'put', order: (item) => [queue, 'put', item] },
        { tag: 'peek', order: () => [queue, 'peek'] },
      ],
      acts: [],
      shown: () => queue.size,
      expected: () => model.state.items.length,
    };
  }),
);

class ChannelModel extends Model<{ closed: boolean }> {
  partner({ tag }: Place): Place | undefined {
    const other = tag === 'send' ? 'receive' : 'send';
    return this.waiting.find((place) => place.tag === other);
  }
  possible(place: Place): boolean {
    return this.state.closed || this.partner(place) !== undefined;
  }
  perform(place: Place): unknown {
    const partner = this.partner(place);
    if (!partner) return 'ERR_COPPICE_CLOSED';
    this.state.waiting = this.waiting.filter((other) => other !== partner);
    const give = ({ tag }: Place, { item }: Place): unknown => (tag === 'send' ? null : item);
    this.end(partner.id, give(partner, place));
    return give(place, partner);
  }
}

test('Channel', () =>
  agree(() => {
    const channel = new Channel<number>();
    const model = new ChannelModel({ closed: false });
    return {
      model,
      objects: [channel],
      waits: [
        { tag: 'send', order: (item) => [channel, 'send', item] },
        { tag: 'receive', order: () => [channel, 'receive'] },
      ],
      acts: [
        {
          if: () => model.waiting.length > 2,
          order: [channel, 'close'],
          act: () => void (model.state.closed = true),
        },
      ],
    };
  }));

/** Two queues without limit: each waiter takes from one of them, or from whichever has something. */
class SelectModel extends Model<{ items: [number[], number[]] }> {
  /** The queues that somebody looks at. */
  static looks(tag: string): number[] {
    return tag === 'both' ? [0, 1] : [Number(tag)];
  }
  possible({ tag }: Place): boolean {
    return SelectModel.looks(tag).some((index) => (this.state.items[index] as number[]).length > 0);
  }
  perform({ tag }: Place): unknown {
    const index = SelectModel.looks(tag).find(
      (one) => (this.state.items[one] as number[]).length > 0,
    );
    const item = (this.state.items[index as number] as number[]).shift();
    return tag === 'both' ? [index, item] : item;
  }
}

test('select', () =>
  agree(() => {
    const queues = [new Queue<number>(), new Queue<number>()] as const;
    const model = new SelectModel({ items: [[], []] });
    const present = (): [number[], number[]] => model.state.items;
    return {
      model,
      objects: queues,
      places: (tag) => SelectModel.looks(tag).length,
      waits: [
        {
          tag: 'both',
          // Of several that are possible one is taken at random.
          if: () => present().some((list) => list.length === 0),
          order: () => [null, 'select', queues.map((get) => ({ get }))],
        },
        { tag: '0', order: () => [queues[0], 'get'] },
        { tag: '1', order: () => [queues[1], 'get'] },
      ],
      acts: [0, 1].flatMap((index) =>
        [1, 2, 3].map((item) => ({
          order: [queues[index] as object, 'put', item] as const,
          act: () => void (present()[index] as number[]).push(item),
        })),
      ),
      shown: () => queues.map((queue) => queue.size),
      expected: () => present().map((list) => list.length),
    };
  }));

test('Pool', () =>
  agree(() => {
    const pool = new Pool(2);
    const ends = new Semaphore(0);
    const model = new PoolModel({ free: 2 });
    return {
      model,
      objects: [pool],
      waits: [{ tag: 'spawn', order: () => [null, 'occupy', pool, ends] }],
      acts: [
        {
          if: () => model.state.free < 2,
          order: [ends, 'release'],
          act: () => void model.state.free++,
        },
      ],
      finish: () => pool.killAsync(),
      shown: () => pool.size,
      expected: () => 2 - model.state.free,
    };
  }));

/** Some events, of which so many are waited for. */
class WaitModel extends Model<{ set: boolean[] }> {
  /** How many are set. */
  get count(): number {
    return this.state.set.filter(Boolean).length;
  }
  possible({ tag }: Place): boolean {
    return this.count >= Number(tag);
  }
  perform({ tag }: Place): unknown {
    return Math.max(Number(tag), this.count);
  }
  override late(): unknown {
    return this.count;
  }
}

test('wait and asCompleted', () =>
  agree(() => {
    const events = [new Event(), new Event(), new Event()];
    const model = new WaitModel({ set: [false, false, false] });
    return {
      model,
      objects: [],
      places: () => 0,
      waits: ['wait', 'count'].map((name) => ({
        tag: '3',
        order: () => [null, name, events] as const,
      })),
      acts: events.flatMap((event, index) => [
        { order: [event, 'set'] as const, act: () => void (model.state.set[index] = true) },
      ]),
    };
  }));
