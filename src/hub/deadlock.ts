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
 * asked the hub for. So it counts as blocked only where its whole heap has nothing else left: in a Worker that has
 * stalled (worker/stall.ts), which then takes part in both findings, and on the main thread when nothing is left at all.
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
import { cyclic, waysOf } from './wait-graph.ts';
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
/** How long a cycle must stand, in milliseconds, before it is called one. */
const CONFIRM = 250;
/** Looking for cycles takes at most this fraction of the time, inverted. */
const SPARING = 30;
/** How often a hub whose only running threads are daemons looks again. */
const LOOK_AGAIN = 50;

/** How often it looks in vain before those that wait for a free Worker count as blocked, too. */
const PATIENCE = 5;

let looks = 0;
let watching = false;
let scan: ReturnType<typeof setTimeout> | undefined;
let suspected = new Map<Blockable, PendingWait>();
let reporting = false;

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
  const threads: Blockable[] = [...liveThreads(), ...others, ...blockedInWorkers()];
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
  const doomed = begun.filter((core) => core.ref);
  const doomedThreads = doomed.filter((core) => !others.has(core as OwnCode));
  // The end of the threads may be what the program waits for.
  void report(
    doomedThreads.length > 0 ? doomedThreads : doomed,
    'Deadlock: nothing is left that could wake these green threads.',
  );
}

function scheduleScan(delay: number): void {
  scan = setTimeout(lookForCycles, delay);
  scan.unref();
}

function lookForCycles(): void {
  scan = undefined;
  const began = steadyTime();
  const found = new Map<Blockable, PendingWait>();
  for (const core of cyclic([...liveThreads(), ...blockedInWorkers()]))
    found.set(core, core.pending as PendingWait);
  const confirmed = [...found].filter(([core, wait]) => suspected.get(core) === wait);
  suspected = found;
  if (confirmed.length > 0 && confirmed.length === found.size && !reporting) {
    void report(
      confirmed.map(([core]) => core),
      'Deadlock: these green threads wait for each other, or for one that has ended.',
    );
  }
  if (!anyHasHolders()) return;
  // With a million threads a look takes long; never more than a small part of the time goes into looking.
  scheduleScan(Math.max(CONFIRM, (steadyTime() - began) * SPARING));
}

function anyHasHolders(): boolean {
  const hasHolders = ({ pending }: Blockable): boolean =>
    isStuck(pending) && waysOf(pending).some((target) => target?.holders !== undefined);
  for (const core of liveThreads()) if (hasHolders(core)) return true;
  return blockedInWorkers().some(hasHolders);
}

/** Those fibers in the heaps of Workers that are known to be blocked. */
function blockedInWorkers(): WorkerFiber[] {
  return [...liveWorkerFibers()].filter(({ pending }) => isStuck(pending));
}

async function report(cores: readonly Blockable[], headline: string): Promise<void> {
  reporting = true;
  const waits = cores.map((core) => core.pending);
  const blocked = await Promise.all(cores.map((core, index) => describe(core, index < PLACES)));
  reporting = false;
  // Asking took a moment: whoever was woken meanwhile (by a signal handler, say) breaks the finding.
  if (!cores.every((core, index) => core.pending === waits[index])) return;
  const message = [
    headline,
    ...blocked.slice(0, LINES).map(lineOf),
    ...(blocked.length > LINES
      ? [`  ... and ${blocked.length - LINES} more: see error.blocked`]
      : []),
    'See who should have acted, or give the waits a timeout.',
  ];
  // At the hub all are told before any of them can go on; one who is woken by the end of another's wait is not.
  for (const [index, core] of cores.entries())
    core.failWait(new DeadlockError(message.join('\n'), { blocked }), waits[index] as PendingWait);
}

/** What a report says of a thread. */
async function describe(core: Blockable, withPlace: boolean): Promise<BlockedThread> {
  // What it waits for is looked at first: asking for its place takes a moment.
  const seen = describeNow(core);
  return withPlace ? { ...seen, at: firstLine(await core.stack()) } : seen;
}

/** The same but for the place. */
export function describeNow({ name, kind, pending }: Blockable): BlockedThread {
  const holders = pending ? waysOf(pending).flatMap((target) => target?.holders?.() ?? []) : [];
  return {
    name,
    kind,
    waitsFor: pending?.what ?? 'nothing',
    heldBy: [...new Set(holders.map((holder) => (holder as { name?: string }).name ?? 'nobody'))],
    since: pending?.since ?? 0,
    at: undefined,
  };
}

function lineOf({ name, kind, waitsFor, heldBy, since, at }: BlockedThread): string {
  // One who waits for a thread's end names it already.
  const holders = heldBy.some((holder) => !waitsFor.includes(holder))
    ? `, held by ${heldBy.join(', ')}`
    : '';
  const place = at ? `, ${at}` : '';
  return `  ${name} (${kind}) waits for ${waitsFor}${holders}, since ${new Date(since).toISOString()}${place}`;
}

function firstLine(stack: string | undefined): string | undefined {
  return stack?.split('\n')[0]?.trim();
}
