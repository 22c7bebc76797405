/**
 * Who waits for whom, and which of those can never go on because they wait for each other.
 *
 * A thread that waits for what others hold needs all of these to let go; async code of a heap that has nothing else to
 * do waits in several ways at once, any of which can let it go on. So nobody is called stuck but who stays when all are
 * taken out who can still go on, again and again. Of those, only the ones who are waited for in turn make up the
 * deadlock, and those who wait for one that has ended: the others are free once these have been told.
 */
import type { WaitTarget } from '../core/wait.ts';
import { isStuck, type Blockable, type PendingWait } from './blockable.ts';
import { CORE, type ThreadCore } from './thread-core.ts';
import { MAIN, program } from './program.ts';
import { WorkerFiber } from './worker-fiber.ts';

/** One way in which a wait can end. */
interface Way {
  /** Those who have to let go first, as far as they are green threads. */
  readonly holders: readonly Blockable[];
  /** Has one of them ended, and will never let go? */
  readonly orphaned: boolean;
}

/** What each of the waits is for that would let it go on. */
export function waysOf({ ways, target }: PendingWait): readonly (WaitTarget | undefined)[] {
  return ways ?? [target];
}

/** Gives the wait in which somebody is taken to be blocked. */
export type Account = (thread: Blockable) => PendingWait | undefined;

/** What is known for sure. */
export const proven: Account = ({ pending }) => (pending?.open ? undefined : pending);
/** What async code waits for, as if it waited for nothing beside. */
export const suspected: Account = ({ pending, suspected: other }) => pending ?? other;

/** The threads that wait for themselves, over however many others, or for what an ended thread still owns. */
export function cyclic(threads: readonly Blockable[], account = proven): Blockable[] {
  const ways = new Map<Blockable, readonly Way[]>();
  for (const thread of threads) {
    const found = heldWays(thread, account);
    if (found) ways.set(thread, found);
  }
  const waiters = new Map<Blockable, Blockable[]>();
  for (const [thread, all] of ways)
    for (const { holders } of all)
      for (const holder of holders) {
        // Whoever can go on is in no circle, and one may wait for a great many of those.
        if (!ways.has(holder)) continue;
        const others = waiters.get(holder);
        if (others) others.push(thread);
        else waiters.set(holder, [thread]);
      }
  const stuck = new Set(ways.keys());
  remove(
    stuck,
    (thread) => !(ways.get(thread) as readonly Way[]).every((way) => isShut(way, stuck)),
    (thread) => waiters.get(thread) ?? [],
  );
  remove(
    stuck,
    (thread) =>
      !(ways.get(thread) as readonly Way[]).some(({ orphaned }) => orphaned) &&
      !(waiters.get(thread) ?? []).some((waiter) => stuck.has(waiter)),
    (thread) => (ways.get(thread) as readonly Way[]).flatMap(({ holders }) => holders),
  );
  return [...stuck];
}

/**
 * Those that wait for their turn to begin, and those that would have to end before, when all of these wait for something
 * of the program. Nobody knows whether for the former.
 */
export function crowded(threads: readonly Blockable[]): Blockable[] {
  const found = new Set<Blockable>();
  for (const thread of threads) {
    if (thread.state !== 'scheduled') continue;
    const before = (heldWays(thread, suspected) ?? []).flatMap(({ holders }) => holders);
    if (before.length === 0 || !before.every(waitsInside)) continue;
    for (const one of [...before, thread]) found.add(one);
  }
  return [...found];
}

/** Does it wait for what only the program can do? */
function waitsInside(thread: Blockable): boolean {
  const wait = suspected(thread);
  return thread.state === 'running' && isStuck(wait) && waysOf(wait).every(Boolean);
}

function isShut({ holders, orphaned }: Way, stuck: ReadonlySet<Blockable>): boolean {
  return orphaned || holders.some((holder) => stuck.has(holder));
}

/** Takes out whoever `goes`, and looks again at those whom that concerns. */
function remove(
  from: Set<Blockable>,
  goes: (thread: Blockable) => boolean,
  concerned: (gone: Blockable) => readonly Blockable[],
): void {
  const todo = [...from];
  for (let thread = todo.pop(); thread; thread = todo.pop()) {
    if (!from.has(thread) || !goes(thread)) continue;
    from.delete(thread);
    todo.push(...concerned(thread));
  }
}

/** The ways out of its wait; `undefined` when somebody may open one of whom nothing is known. */
function heldWays(thread: Blockable, account: Account): readonly Way[] | undefined {
  const pending = account(thread);
  if (!isStuck(pending)) return undefined;
  const targets = waysOf(pending);
  if (targets.length === 0 || !targets.every((target) => target?.holders)) return undefined;
  const ways = targets.map((target) => wayOf(target?.holders?.() ?? [], account));
  // One that lives in a parked Worker goes on only after that does.
  const host = thread instanceof WorkerFiber ? hostOf(thread) : undefined;
  if (!host?.pending || host.pending.ways) return ways;
  return ways.map(({ holders, orphaned }) => ({ holders: [...holders, host], orphaned }));
}

function wayOf(holders: readonly unknown[], account: Account): Way {
  return {
    holders: holders
      .map((holder) => threadOf(holder, account))
      .filter((thread) => thread !== undefined),
    orphaned: holders.some(hasEnded),
  };
}

function threadOf(holder: unknown, account: Account): Blockable | undefined {
  // As long as nothing is known of its own wait, only its Worker can keep it from going on.
  if (holder instanceof WorkerFiber) return account(holder) ? holder : hostOf(holder);
  // The main program as a whole can own a lock too; it is never known for sure to be blocked.
  if (holder === MAIN) return program;
  return (holder as { [CORE]?: ThreadCore })[CORE] as Blockable | undefined;
}

function hostOf({ thread }: WorkerFiber): Blockable {
  return thread[CORE] as unknown as Blockable;
}

/** Has the holder ended, and will never let go? Then it may be known by its name only. */
function hasEnded(holder: unknown): boolean {
  const { ended, [CORE]: core } = holder as { ended?: boolean; [CORE]?: ThreadCore };
  return ended === true || core?.outcome !== undefined;
}
