/**
 * Noticing that blocked green threads can never go on.
 *
 * Two findings, both without false alarm:
 *
 * - Nothing is left that could wake them. A thread that is blocked does not keep the process alive; what could wake it
 *   does. So Node itself tells when there is no timer, no I/O and no running thread left: it emits 'beforeExit'. Whoever
 *   is blocked then, and not by a time limit, is blocked for ever.
 * - A cycle: each waits, without any time limit, for what the next one owns, and only its owner can release it; or the
 *   owner has ended (wait-graph.ts). Looked for twice with the same result, so that a kill that is on its way comes first.
 *
 * What async code awaits cannot be seen from outside: a timer or a socket of its own may let it go on as well as what it
 * asked the hub for. So it counts as blocked where its whole heap has nothing else left: in a Worker that has stalled
 * (worker/stall.ts), which then takes part in both findings, and on the main thread when nothing is left at all. And a
 * spawned async function counts in a cycle where it awaits the acquire directly, and has never been seen to do several
 * things at once (core/awaited.ts, core/task.ts): it stands still until it has what it asked for, and what its thread owns
 * nobody else releases. What is left out is other code of the same thread that has not been seen, as the callback of a
 * timer that releases for it; who wants that gives the acquire a timeout, as anywhere. All other async code in a cycle, and
 * who can be let go by a signal, is only suspected: that is a third finding, which throws nothing and warns once.
 *
 * When nothing is left the program's own async code counts as well (own-coroutines.ts), after the green threads: their end
 * may be what it waits for. 'beforeExit' has to come twice with the same waits: what else hears of it may begin something.
 *
 * Invariant: a daemon (`ref: false`) that is blocked does not count; one that runs can still wake others, and as long as
 * it does, the process stays alive for those.
 */
import { DeadlockError } from '../core/errors.ts';
import { heap } from '../core/heap.ts';
import { steadyTime } from '../core/steady-time.ts';
import { isStuck, type Blockable, type PendingWait } from './blockable.ts';
import { liveThreads } from './registry.ts';
import { clock } from '../core/clock.ts';
import { waitingCoroutines } from './own-coroutines.ts';
import { program } from './program.ts';
import { crowded, cyclic, proven, suspected, waysOf, type Account } from './wait-graph.ts';
import { liveWorkerFibers, type WorkerFiber } from './worker-fiber.ts';

/** One line of a report. */
export interface BlockedThread {
  readonly name: string;
  readonly kind: string;
  readonly waitsFor: string;
  /** The names of those who hold it, where it has holders. */
  readonly heldBy: readonly string[];
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** The line of the user's code where it waits. */
  readonly at: string | undefined;
}

/** So many lines a report has at most, and of so many threads it tells the place, which takes a while. */
const LINES = 100;
const PLACES = 1_000;
/** Of so many holders it tells the name. */
const HOLDERS = 8;
/** How long a cycle must stand, in milliseconds, before it is called one. */
const CONFIRM = 250;
/** How many times as long before somebody is told that it may be one. */
const SUSPICION = 3;
/** Looking for cycles takes at most this fraction of the time, inverted. */
const SPARING = 30;
/** How often a hub whose only running threads are daemons looks again. */
const LOOK_AGAIN = 50;

const ADVICE = 'See who should have acted, or give the waits a timeout.';
const MORE_WORKERS = 'Let more run at once with configure({ maxWorkers })';
const OWN_ADVICE =
  `${ADVICE} What may end with the program, as a loop over a queue that is not shut down, is a daemon: ` +
  'new GreenThread(asyncFunction, { ref: false }).start().';

/** How often it looks in vain before those that wait for a free Worker count as blocked, too. */
const PATIENCE = 5;

let looks = 0;
let watching = false;
let scan: ReturnType<typeof setTimeout> | undefined;
let found = new Map<Blockable, PendingWait>();
let reporting = false;
/** Who may be in a cycle, and how often they have been seen so. */
let suspects = new Map<Blockable, PendingWait>();
let seen = 0;
/** Those that a warning has told of. */
const told = new WeakSet<PendingWait>();

/** Makes Node tell when nothing is left. Called when there is a thread that could be blocked then. */
export function watchForDeadlock(): void {
  if (watching) return;
  watching = true;
  // In a Worker only its own fibers could be told of, and whoever waits there may be woken from anywhere.
  if (heap.way.kind === 'main') process.on('beforeExit', nothingLeft);
}

/** Somebody has begun to wait for something that has holders, so there may be a cycle now. */
export function noteHeld(): void {
  if (!scan && heap.way.kind === 'main') scheduleScan(CONFIRM);
}

/** Code of the program that is no green thread, and waits or has waited. */
export interface OwnCode extends Blockable {
  /** Throws `error` at the yield point where it waits, or else at the next one. */
  interrupt(error: unknown): void;
}

/** Those that have not ended. */
const others = new Set<OwnCode>();

/** Something that is no green thread begins to wait, or has ended. */
export function noteBlocked(other: OwnCode, waits: boolean): void {
  if (!waits) others.delete(other);
  else {
    others.add(other);
    watchForDeadlock();
  }
}

/** The program's own code that has waited and not ended, beside its green threads. */
export function programsOwn(): Iterable<OwnCode> {
  return others;
}

function nothingLeft(): void {
  const own: Blockable[] = [...others, ...waitingCoroutines()];
  const threads: Blockable[] = [
    ...liveThreads(),
    ...own,
    ...blockedInWorkers().filter(({ pending }) => isStuck(pending)),
  ];
  const blocked = threads.filter((core) => isStuck(core.pending));
  if (reporting || !blocked.some((core) => core.ref)) {
    looks = 0;
    // The timer of a limit does not keep the process alive by itself; who is blocked until then does.
    const limited = threads.some((core) => core.ref && core.pending?.bounded);
    if (limited && !clock().virtual) setTimeout(() => {}, LOOK_AGAIN);
    return;
  }
  // Those that wait for a free Worker may still get one: a former one is on its way out.
  const begun = blocked.filter((core) => core.state === 'running');
  const patience = begun.length < blocked.length ? PATIENCE : 0;
  if (blocked.length < threads.length || begun.length === 0 || looks < patience) {
    // Daemons that run, or threads that may begin. Node would end the process now; it must not, with work blocked.
    looks = blocked.length < threads.length ? 0 : looks + 1;
    setTimeout(() => {}, LOOK_AGAIN);
    return;
  }
  looks = 0;
  if (!isConfirmed(begun)) return;
  const doomed = begun.filter((core) => core.ref);
  const doomedThreads = doomed.filter((core) => !own.includes(core));
  // The end of the threads may be what the program waits for.
  if (doomedThreads.length === 0) {
    void report(doomed, 'Deadlock: nothing is left that could let the program go on.', OWN_ADVICE);
    return;
  }
  void report(
    doomedThreads,
    'Deadlock: nothing is left that could wake these green threads.',
    adviceFor(blocked.length - begun.length),
  );
}

/** When this was looked at last. */
let lastWaits = new Set<PendingWait | undefined>();

/** Others that hear of 'beforeExit' may have begun something: Node tells once more when that is over. */
function isConfirmed(cores: readonly Blockable[]): boolean {
  const before = lastWaits;
  lastWaits = new Set(cores.map(({ pending }) => pending));
  if (lastWaits.size === before.size && [...lastWaits].every((wait) => before.has(wait)))
    return true;
  setImmediate(() => {});
  return false;
}

/** Who waits for another to end may hold the very Worker that the other one needs. */
function adviceFor(notBegun: number): string {
  if (notBegun === 0) return ADVICE;
  return (
    `${notBegun} more ${notBegun === 1 ? 'has' : 'have'} not begun, since no Worker is free for them. ` +
    `${MORE_WORKERS}, or see who should have acted.`
  );
}

function scheduleScan(delay: number): void {
  scan = setTimeout(lookForCycles, delay);
  scan.unref();
}

function lookForCycles(): void {
  scan = undefined;
  const began = steadyTime();
  const threads = blockedThreads();
  const before = found;
  found = waitsOf(cyclic(threads), proven);
  if (found.size > 0 && isSame(found, before) && !reporting) {
    void report(
      [...found.keys()],
      'Deadlock: these green threads wait for each other, or for one that has ended.',
      [...found.keys()].some(isQueued) ? `${MORE_WORKERS}, or see who waits for whom.` : ADVICE,
    );
  }
  const maybe =
    found.size > 0
      ? []
      : new Set([...cyclic([...threads, program], suspected), ...crowded(threads)]);
  suspect(waitsOf([...maybe], suspected));
  if (!anyHasHolders(threads)) return;
  // With a million threads a look takes long; never more than a small part of the time goes into looking.
  scheduleScan(Math.max(CONFIRM, (steadyTime() - began) * SPARING));
}

function waitsOf(cores: readonly Blockable[], account: Account): Map<Blockable, PendingWait> {
  return new Map(cores.map((core) => [core, account(core) as PendingWait]));
}

function isSame(
  waits: ReadonlyMap<Blockable, PendingWait>,
  others: ReadonlyMap<Blockable, PendingWait>,
): boolean {
  return (
    waits.size === others.size && [...waits].every(([core, wait]) => others.get(core) === wait)
  );
}

/** These may wait for each other. When that stays so a warning says it, once. */
function suspect(now: Map<Blockable, PendingWait>): void {
  seen = isSame(now, suspects) ? seen + 1 : 0;
  suspects = now;
  if (now.size === 0 || seen < SUSPICION || [...now.values()].every((wait) => told.has(wait)))
    return;
  for (const wait of now.values()) told.add(wait);
  void warn([...now.keys()]);
}

/** Does it wait for a free Worker? */
function isQueued({ state }: Blockable): boolean {
  return state === 'scheduled';
}

async function warn(cores: readonly Blockable[]): Promise<void> {
  const lines = await Promise.all(
    cores.slice(0, LINES).map(async (core) => {
      // What it waits for is looked at first: asking for its place takes a moment.
      const seen = describeNow(core, suspected(core));
      return lineOf({ ...seen, at: firstLine(await core.stack()) });
    }),
  );
  process.emitWarning('These seem to wait for each other, and may do so for ever.', {
    type: 'DeadlockWarning',
    code: 'COPPICE_DEADLOCK_SUSPECTED',
    detail: [
      ...lines,
      cores.some(isQueued)
        ? `Nothing is thrown, since others may wake those that have begun. ${MORE_WORKERS}, or give the waits a timeout.`
        : 'Nothing is thrown, since what async code awaits beside cannot be seen. ' +
          'Acquire in the same order everywhere, or give the waits a timeout.',
    ].join('\n'),
  });
}

/** The names of those who seem to wait for each other, as far as they still do. */
export function suspectedNames(): string[] {
  const still = [...suspects].every(([core, wait]) => suspected(core) === wait);
  return still && seen >= SUSPICION ? [...suspects.keys()].map(({ name }) => name) : [];
}

/** The program alone is no cycle. */
function anyHasHolders(threads: readonly Blockable[]): boolean {
  return threads.some((core) => {
    const wait = suspected(core);
    return isStuck(wait) && waysOf(wait).some((target) => target?.holders !== undefined);
  });
}

/** Those who are blocked, or may be. Most of a great many threads sleep, and are not. */
function blockedThreads(): Blockable[] {
  const blocked: Blockable[] = [];
  for (const core of liveThreads()) if (isStuck(suspected(core))) blocked.push(core);
  return [...blocked, ...blockedInWorkers()];
}

/** Those fibers in the heaps of Workers that are known to be blocked, or may be. */
function blockedInWorkers(): WorkerFiber[] {
  return [...liveWorkerFibers()].filter((fiber) => isStuck(suspected(fiber)));
}

async function report(
  cores: readonly Blockable[],
  headline: string,
  advice = ADVICE,
): Promise<void> {
  reporting = true;
  const waits = cores.map((core) => core.pending);
  const stacks = await Promise.all(cores.slice(0, PLACES).map(async (core) => core.stack()));
  const blocked = cores.map((core, index) => ({
    ...describeNow(core, waits[index]),
    at: firstLine(stacks[index]),
  }));
  reporting = false;
  // Asking took a moment: whoever was woken meanwhile (by a signal handler, say) breaks the finding.
  if (!cores.every((core, index) => core.pending === waits[index])) return;
  const message = [
    headline,
    ...blocked.slice(0, LINES).map(lineOf),
    ...(blocked.length > LINES
      ? [`  ... and ${blocked.length - LINES} more: see error.blocked`]
      : []),
    advice,
  ];
  // At the hub all are told before any of them can go on; one who is woken by the end of another's wait is not.
  for (const [index, core] of cores.entries()) {
    const frames = core.kind === 'worker' ? undefined : stacks[index];
    core.failWait(errorAt(message.join('\n'), blocked, frames), waits[index] as PendingWait);
  }
}

/** What is thrown in this heap shows by itself only who throws it, and not where. */
function errorAt(
  message: string,
  blocked: readonly BlockedThread[],
  frames: string | undefined,
): DeadlockError {
  if (!frames) return new DeadlockError(message, { blocked });
  const { stackTraceLimit } = Error;
  // Node shows the line of the first frame that it has taken.
  Error.stackTraceLimit = 0;
  const error = new DeadlockError(message, { blocked });
  Error.stackTraceLimit = stackTraceLimit;
  error.stack = `${String(error)}\n${frames}`;
  return error;
}

/** What a report says of a thread, but for the place. */
export function describeNow(core: Blockable, pending = core.pending): BlockedThread {
  const { name, kind } = core;
  return { name, kind, ...describeWait(pending), at: undefined };
}

/** What is waited for by one who is not blocked. */
export const NOTHING = 'nothing';

/** What a report says of a wait. */
export function describeWait(
  pending: PendingWait | undefined,
): Pick<BlockedThread, 'waitsFor' | 'heldBy' | 'since'> {
  const holders = pending ? waysOf(pending).flatMap((target) => target?.holders?.() ?? []) : [];
  return {
    // A wait can come to be for something else: see condition-core.ts.
    waitsFor: pending?.target?.what ?? pending?.what ?? NOTHING,
    heldBy: [...new Set(holders.map((holder) => (holder as { name?: string }).name ?? 'nobody'))],
    since: pending?.since ?? 0,
  };
}

function lineOf(seen: BlockedThread): string {
  const { name, kind, waitsFor, since, at } = seen;
  const holders = holdersOf(seen);
  const held = holders && `, ${holders}`;
  const place = at ? `, ${at}` : '';
  return `  ${name} (${kind}) waits for ${waitsFor}${held}, since ${new Date(since).toISOString()}${place}`;
}

/** Who holds it, in words. */
export function holdersOf({
  waitsFor,
  heldBy,
}: Pick<BlockedThread, 'waitsFor' | 'heldBy'>): string {
  // One who waits for a thread's end names it already.
  if (heldBy.every((holder) => waitsFor.includes(holder))) return '';
  const more = heldBy.length - HOLDERS;
  return `held by ${heldBy.slice(0, HOLDERS).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function firstLine(stack: string | undefined): string | undefined {
  return stack?.split('\n')[0]?.trim();
}
