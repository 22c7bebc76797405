/**
 * `Group` and `Pool`: green threads that belong together, and how many of them may run at once.
 *
 * Invariants: a group holds the threads that were spawned in it and have not ended; a pool never holds more than its
 * size, and those who want to spawn into a full one wait, first come first served. A function that is spawned in a Worker
 * becomes a fiber there, which counts and is killed like the others (guests.ts).
 *
 * Past 400 lines because a pool is a group, and each verb of theirs stands there in its faces, with its documentation.
 */
import type { Definition } from '../core/definition.ts';
import { checkOptions, invalidArgument } from '../core/errors.ts';
import { heap, type WaitOptions } from '../core/heap.ts';
import { checkLimits } from '../core/limits.ts';
import { waitAtMost } from '../core/wait-queue.ts';
import { Wait } from '../core/wait.ts';
import { GreenThread } from '../hub/green-thread.ts';
import type { Target } from '../hub/target.ts';
import { getCall, killCall } from '../hub/thread-calls.ts';
import { KILL_OPTIONS, type KillOptions } from '../hub/thread-core.ts';
import { crossing } from '../worker/wire.ts';
import { checkItems, inWords } from './check-items.ts';
import { composedTwin, runAsync, runBlocking, type Logic } from './composed.ts';
import { heedKills, type GuestKill } from './guests.ts';
import { Imap, type ImapOptions } from './imap.ts';
import { LimitsLeft } from './limits-left.ts';
import { CORE, limits, method, Primitive, registerKind, twin } from './primitive.ts';
import { GroupCore } from './group-core.ts';

/**
 * Green threads that are joined and killed together.
 *
 * Follows gevent's `Group`.
 *
 * @example
 * const group = new Group();
 * for (const url of urls) group.spawn(new URL('./scrape.js', import.meta.url), url);
 * await group.joinAsync();
 */
export class Group extends Primitive<GroupCore> {
  constructor(size = Infinity, kind = 'group') {
    if (kind === 'group' && size !== Infinity)
      throw invalidArgument(`A Group has no size; got ${String(size)}. Use new Pool(size).`);
    super(kind, [size]);
  }

  /** How many threads are in it. */
  get size(): number {
    return this[CORE] ? this[CORE].size : statisticsCall(this).threads;
  }

  /** The threads in it, oldest first; of fibers those that live in this heap. */
  get threads(): readonly GreenThread[] {
    return [...threadsCall(this), ...(fibersHere.get(this) ?? [])];
  }

  /** The same, as an iterator: `joinAll(group)`, `for (const thread of group)`. */
  [Symbol.iterator](): IterableIterator<GreenThread> {
    return this.threads[Symbol.iterator]();
  }

  /** Spawns into the group; waits while a pool is full. */
  spawn(target: Target, ...args: unknown[]): GreenThread {
    return runBlocking(spawn(this, target, args));
  }

  /** The explicit face of `spawn`. The thread comes in an object, since awaiting a thread would give its value. */
  spawnAsync(target: Target, ...args: unknown[]): Promise<{ readonly thread: GreenThread }> {
    return spawnAsync(this, target, args);
  }

  /** Adds a thread that was spawned elsewhere. It takes no place of a pool. */
  add(thread: GreenThread): void {
    if (!(thread instanceof GreenThread))
      throw invalidArgument(`add() takes a green thread; got ${String(thread)}.`);
    addCall(this, thread);
  }

  /**
   * The same `spawn` with a limit on waiting for a place.
   *
   * @example
   * const thread = pool.with({ timeout: 1_000 }).spawn(new URL('./job.js', import.meta.url), 'arg');
   */
  with(limits: WaitOptions): LimitedGroup {
    return new LimitedGroup(this, limits);
  }

  /**
   * Runs the target in the group and gives its value.
   *
   * @throws {Timeout} when `options.timeout` milliseconds are over. The thread goes on.
   */
  apply<R = unknown>(target: Target, args: readonly unknown[] = [], options?: WaitOptions): R {
    return runBlocking(apply(this, target, args, options)) as R;
  }

  /** The explicit face of `apply`. */
  applyAsync<R = unknown>(
    target: Target,
    args: readonly unknown[] = [],
    options?: WaitOptions,
  ): Promise<R> {
    return runAsync(apply(this, target, args, options)) as Promise<R>;
  }

  /**
   * Runs the target once for each item; the values in the order of the items. Throws the first error among them.
   *
   * @throws {Timeout} when `options.timeout` milliseconds are over. Threads that were spawned go on.
   */
  map<R = unknown>(target: Target, items: Iterable<unknown>, options?: WaitOptions): R[] {
    return runBlocking(map(this, target, items, options)) as R[];
  }

  /** The explicit face of `map`. */
  mapAsync<R = unknown>(
    target: Target,
    items: Iterable<unknown>,
    options?: WaitOptions,
  ): Promise<R[]> {
    return runAsync(map(this, target, items, options)) as Promise<R[]>;
  }

  /**
   * As `map`, one value after the other. Work begins at once and is kept going whether or not values are asked for.
   * Leaving the loop begins no more, and closes the iterator of `items`.
   *
   * In a Worker, whose code may be busy, items are taken ahead, up to `maxPending`. What has no known size, as a generator,
   * and functions of the Worker itself need it, or begin what there is room for whenever a value is asked for.
   *
   * @param options.maxPending how many threads run ahead of what was asked for. Default: as many as the group takes.
   * @param options.timeout milliseconds that each value is waited for; then a `Timeout` is thrown, and it can be asked for
   *   again. (The explicit face, as any async generator, ends with what it throws.)
   */
  imap<R = unknown>(
    target: Target,
    items: Iterable<unknown>,
    options?: ImapOptions,
  ): IterableIterator<R, undefined> {
    return new Imap<R>(stepsOf(this, target), items, true, options).begin();
  }

  /** The explicit face of `imap`. */
  imapAsync<R = unknown>(
    target: Target,
    items: Iterable<unknown>,
    options?: ImapOptions,
  ): AsyncGenerator<R, undefined> {
    return new Imap<R>(stepsOf(this, target), items, true, options).async();
  }

  /** As `imap`, in the order in which they are done. */
  imapUnordered<R = unknown>(
    target: Target,
    items: Iterable<unknown>,
    options?: ImapOptions,
  ): IterableIterator<R, undefined> {
    return new Imap<R>(stepsOf(this, target), items, false, options).begin();
  }

  /** The explicit face of `imapUnordered`. */
  imapUnorderedAsync<R = unknown>(
    target: Target,
    items: Iterable<unknown>,
    options?: ImapOptions,
  ): AsyncGenerator<R, undefined> {
    return new Imap<R>(stepsOf(this, target), items, false, options).async();
  }

  /**
   * Waits until no thread is in it.
   *
   * @param options.timeout milliseconds; when they are over `false` is returned.
   */
  join(options?: WaitOptions): boolean {
    return joinCall(this, ...limits(options));
  }

  /** The explicit face of `join`. */
  joinAsync(options?: WaitOptions): Promise<boolean> {
    return joinCall.async(this, ...limits(options));
  }

  /** Kills all that are in it and waits for their ends. */
  kill(options: KillOptions = {}): void {
    runBlocking(kill(this, options));
  }

  /** The explicit face of `kill`. */
  async killAsync(options: KillOptions = {}): Promise<void> {
    await runAsync(kill(this, options));
  }

  /** How many threads are in it, and how many wait to spawn. */
  statistics(): GroupStatistics {
    return Object.freeze(statisticsCall(this));
  }
}

/**
 * A group that holds at most `size` threads.
 *
 * Follows gevent's `Pool`.
 *
 * @example
 * const pool = new Pool(10);
 * const pages = await pool.mapAsync(new URL('./scrape.js', import.meta.url), urls);
 */
export class Pool extends Group {
  /** @param size how many threads run at once, 1 or more. */
  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1)
      throw invalidArgument(`A Pool has a whole size, 1 or more; got ${String(size)}.`);
    super(size, 'pool');
  }
}

/** What `Group.statistics()` tells. */
export interface GroupStatistics {
  readonly threads: number;
  /** How many more can be spawned without waiting. */
  readonly free: number;
  readonly waitingToSpawn: number;
}

registerKind('group', Group, (size: number) => new GroupCore(size));
registerKind('pool', Pool, (size: number) => new GroupCore(size));

const at = (group: Group): GroupCore => group[CORE] as GroupCore;
const spawnCall = method(
  'Group.spawn',
  (group: Group, target: Target, args: readonly unknown[], _options?: WaitOptions) =>
    at(group).spawn(target, args),
  { optionsAt: 2 },
);
const trySpawnCall = method(
  'Group.trySpawn',
  (group: Group, target: Target, args: readonly unknown[]) => at(group).trySpawn(target, args),
);
const planCall = method(
  'Group.plan',
  (group: Group, target: Target, items: readonly unknown[]) => at(group).plan(target, items),
  { undo: (group, threads) => void at(group).drop(threads) },
);
const dropCall = method('Group.drop', (group: Group, threads: readonly GreenThread[]) =>
  at(group).drop(threads),
);
const admitCall = method(
  'Group.admit',
  (group: Group, _options?: WaitOptions) => at(group).admit(),
  {
    optionsAt: 0,
    undo: (group, number) => at(group).guests.leave(number),
  },
);
const tryAdmitCall = method('Group.tryAdmit', (group: Group) => at(group).tryAdmit(), {
  undo: (group, number) => void (number !== undefined && at(group).guests.leave(number)),
});
const leaveCall = method('Group.leave', (group: Group, number: number) =>
  at(group).guests.leave(number),
);
const KILLED = 'Group.killed';
method(KILLED, (group: Group, number: number) => at(group).guests.killed(number), {
  waits: true,
  standing: true,
});
const killGuestsCall = method('Group.killGuests', (group: Group, options: GuestKill) => {
  const { guests } = at(group);
  guests.kill(options);
  return guests.size > 0;
});
const addCall = method('Group.add', (group: Group, thread: GreenThread) => at(group).add(thread));
const threadsCall = method('Group.threads', (group: Group) => [...at(group).threads]);
const joinCall = method(
  'Group.join',
  (group: Group, timeout?: number, _options?: WaitOptions): boolean | Wait<boolean> => {
    const wait = at(group).join();
    return wait === true ? true : waitAtMost(wait, timeout, false);
  },
  { optionsAt: 1, timed: true },
);
const statisticsCall = method('Group.statistics', (group: Group): GroupStatistics => {
  const { size, permits } = at(group);
  return {
    threads: size,
    free: permits?.free ?? Infinity,
    waitingToSpawn: permits?.waiters.size ?? 0,
  };
});

const targetOf = (target: Target): Target => (target instanceof URL ? target.href : target);

type Function = (...args: unknown[]) => unknown;

/** The fibers of a group that live in this heap, which is a Worker's. */
const fibersHere = new WeakMap<Group, Set<GreenThread>>();

/** Is it to be a fiber in this heap, while the group is at the hub? */
function staysHere(group: Group, target: Target): target is Function {
  return typeof target === 'function' && !group[CORE];
}

/** Starts a fiber that has been let in. */
function startHere(
  group: Group,
  target: Target,
  args: readonly unknown[],
  number: number,
): GreenThread {
  let thread: GreenThread;
  try {
    thread = new GreenThread(target, { args });
  } catch (error) {
    leaveCall(group, number);
    throw error;
  }
  const fibers = fibersHere.get(group) ?? new Set();
  fibersHere.set(group, fibers.add(thread));
  heedKills(thread, heap.definitions.get(KILLED) as Definition, [group, number], () => {
    fibers.delete(thread);
    // When the run is over the hub has seen to it already.
    leaveCall.async(group, number).catch(() => {});
  });
  thread.start();
  return thread;
}

function* kill(group: Group, options: KillOptions): Logic<void> {
  checkOptions(options, 'kill()', ['timeout', 'signal', ...KILL_OPTIONS]);
  const { reason, timeout, force, signal } = options;
  const guestKill = { reason: crossing(reason), timeout, force };
  const guests: boolean = yield [killGuestsCall, group, guestKill];
  const threads: GreenThread[] = yield [threadsCall, group];
  yield [killCall, threads, options];
  // With force they end themselves when the grace period is over.
  if (guests) yield [joinCall, group, ...limits({ timeout: force ? undefined : timeout, signal })];
}

function* spawn(
  group: Group,
  target: Target,
  args: readonly unknown[],
  limits?: LimitsLeft,
): Logic<GreenThread> {
  if (staysHere(group, target))
    return startHere(group, target, args, yield [admitCall, group, limits?.left]);
  const [thread]: [GreenThread] = yield [spawnCall, group, targetOf(target), args, limits?.left];
  return thread;
}

async function spawnAsync(
  group: Group,
  target: Target,
  args: readonly unknown[],
  options?: WaitOptions,
): Promise<{ readonly thread: GreenThread }> {
  if (staysHere(group, target))
    return { thread: startHere(group, target, args, await admitCall.async(group, options)) };
  const [thread] = await spawnCall.async(group, targetOf(target), args, options);
  return { thread };
}

function* apply(
  group: Group,
  target: Target,
  args: readonly unknown[] = [],
  options?: WaitOptions,
): Logic<unknown> {
  if (!Array.isArray(args))
    throw invalidArgument(
      `apply() takes the arguments of the target in an array, pool.apply(url, [5]); got ${inWords(args)}.`,
    );
  const limits = new LimitsLeft(options);
  const thread: GreenThread = yield* spawn(group, target, args, limits);
  return yield [getCall, thread, limits.left];
}

function* map(
  group: Group,
  target: Target,
  items: Iterable<unknown>,
  options?: WaitOptions,
): Logic<unknown[]> {
  checkItems(items, 'map()');
  const limits = new LimitsLeft(options);
  const threads: GreenThread[] = [];
  for (const item of items) threads.push(yield* spawn(group, target, [item], limits));
  const values: unknown[] = [];
  for (const thread of threads) values.push(yield [getCall, thread, limits.left]);
  return values;
}

const stepsOf = (group: Group, target: Target) => ({
  spawn: (item: unknown, limits: LimitsLeft) => spawn(group, target, [item], limits),
  *trySpawn(item: unknown): Logic<GreenThread | undefined> {
    if (staysHere(group, target)) {
      const number: number | undefined = yield [tryAdmitCall, group];
      return number === undefined ? undefined : startHere(group, target, [item], number);
    }
    const [thread]: [GreenThread?] = yield [trySpawnCall, group, targetOf(target), [item]];
    return thread;
  },
  plan:
    group[CORE] || staysHere(group, target)
      ? undefined
      : {
          *begin(items: readonly unknown[]): Logic<GreenThread[]> {
            return yield [planCall, group, targetOf(target), items];
          },
          *drop(threads: readonly GreenThread[]): Logic<number> {
            return yield [dropCall, group, threads];
          },
        },
  tellsOfRoom: group[CORE] !== undefined,
  onRoom: (callback: () => void) => void group[CORE]?.roomWanted.add(callback),
  offRoom: (callback: () => void) => void group[CORE]?.roomWanted.delete(callback),
});

/** What `Group.with()` gives. */
export class LimitedGroup {
  readonly #group: Group;
  readonly #limits: WaitOptions;

  /** @internal */
  constructor(group: Group, limits: WaitOptions) {
    checkLimits(limits);
    this.#group = group;
    this.#limits = limits;
  }

  /** @throws {Timeout} when there was no place in time. Nothing is spawned then. */
  spawn(target: Target, ...args: unknown[]): GreenThread {
    return runBlocking(this.#spawn(target, args));
  }

  /** The explicit face of `spawn`, as that of `Group`. */
  spawnAsync(target: Target, ...args: unknown[]): Promise<{ readonly thread: GreenThread }> {
    return spawnAsync(this.#group, target, args, this.#limits);
  }

  #spawn(target: Target, args: readonly unknown[]): Logic<GreenThread> {
    return spawn(this.#group, target, args, new LimitsLeft(this.#limits));
  }

  static {
    composedTwin(
      LimitedGroup.prototype.spawn,
      (self: LimitedGroup, target: Target, ...args: unknown[]) => self.#spawn(target, args),
    );
  }
}

twin(Group.prototype.join, joinCall, limits);
composedTwin(Group.prototype.kill, (group: Group, options: KillOptions = {}) =>
  kill(group, options),
);
composedTwin(Group.prototype.spawn, (group: Group, target: Target, ...args: unknown[]) =>
  spawn(group, target, args),
);
composedTwin(Group.prototype.apply, apply);
composedTwin(Group.prototype.map, map);
