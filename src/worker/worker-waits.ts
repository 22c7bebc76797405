/**
 * What the hub knows of who is blocked in one Worker: its thread, parked in a call or stalled in async code (stall.ts),
 * and the fibers that live there.
 *
 * Invariants: a wait is the same object as long as it is the same wait; a stall ends as soon as anything goes to the
 * Worker or comes from it. An error is thrown in a wait here, at the hub, so that it is one with the wait's end: whoever
 * has been woken already does not hear of it.
 */
import type { Call } from '../core/call.ts';
import type { ThreadSeen } from '../core/seen.ts';
import type { WaitTarget } from '../core/wait.ts';
import type { PendingWait } from '../hub/blockable.ts';
import { describeWait } from '../hub/deadlock.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import { WorkerFiber, type FiberHost } from '../hub/worker-fiber.ts';
import { Caller, type StalledFiber } from './protocol.ts';

/** A call that the hub performs for this Worker. */
interface Underway {
  readonly call: Call;
  readonly caller: Caller;
  /** The number, in the Worker, of the fiber that calls. */
  readonly fiber: number | undefined;
  /** Will the Worker itself end it in time? */
  readonly bounded: boolean;
  /** May something else there end it? */
  readonly open: boolean;
  readonly since: number;
  pending: PendingWait | undefined;
}

interface Stalled extends PendingWait {
  readonly ways: readonly (WaitTarget | undefined)[];
  /** Did the thread itself wait for the hub? */
  readonly own: boolean;
}

export interface WaitsHost {
  /** The thread is blocked in something else now, or in nothing. */
  changed(): void;
  kill(error: unknown): void;
  killFiber(id: number, error: unknown): void;
  /** Where a fiber stands. */
  stack(fiber: number): Promise<string | undefined>;
}

/** Of so many things that it waits for a report tells. */
const SOME = 3;

export class WorkerWaits implements FiberHost {
  readonly #host: WaitsHost;
  readonly #calls = new Map<number, Underway>();
  /** Those fibers of this run that own something, or may, or were blocked when it stalled. */
  readonly #fibers = new Map<number, WorkerFiber>();
  #parked: (PendingWait & { readonly number: number }) | undefined;
  #stalled: Stalled | undefined;
  readonly #suspicion = new Suspicion();
  readonly #suspicions = new WeakMap<WorkerFiber, Suspicion>();
  /** Of a stall: the waits of fibers that wait for nothing at the hub. */
  readonly #elsewhere = new Map<WorkerFiber, Stalled>();

  constructor(host: WaitsHost) {
    this.#host = host;
  }

  /** What the thread is blocked in, as far as is known. */
  get pending(): PendingWait | undefined {
    return this.#parked ?? this.#stalled;
  }

  /** What its coroutines wait for while it is not known to be blocked. What its fibers do is none of that. */
  get suspected(): PendingWait | undefined {
    if (this.pending) return undefined;
    return this.#suspicion.of([...this.#blocking()].filter(({ fiber }) => fiber === undefined));
  }

  has(number: number): boolean {
    return this.#calls.has(number);
  }

  begin(number: number, underway: Omit<Underway, 'since' | 'pending'>): void {
    this.#calls.set(number, { ...underway, since: Date.now(), pending: undefined });
  }

  /** The thread is parked in this call now. */
  park(number: number): void {
    const underway = this.#calls.get(number);
    if (!underway) return;
    this.#parked = { ...pendingIn(underway), number };
    this.#host.changed();
  }

  end(number: number): void {
    this.#calls.delete(number);
    if (this.#parked?.number === number) this.moved();
  }

  /** The thread goes on, from whatever it was blocked in. */
  moved(): void {
    if (!this.#parked && !this.#stalled) return;
    this.#parked = undefined;
    this.unstall();
    this.#host.changed();
  }

  /** Something came from the Worker, or goes there. */
  unstall(): void {
    if (!this.#stalled) return;
    this.#stalled = undefined;
    this.#elsewhere.clear();
    this.#host.changed();
  }

  abort(number: number, reason: unknown): void {
    this.#calls.get(number)?.call.abort(reason);
  }

  /** The run is over. */
  clear(reason: () => unknown): void {
    this.#parked = this.#stalled = undefined;
    this.#elsewhere.clear();
    if (this.#calls.size > 0) {
      const error = reason();
      for (const { call } of this.#calls.values()) call.abort(error);
      this.#calls.clear();
    }
    for (const fiber of this.#fibers.values()) fiber.end();
    this.#fibers.clear();
  }

  fiber(id: number | undefined): WorkerFiber | undefined {
    return id === undefined ? undefined : this.#fibers.get(id);
  }

  addFiber(id: number, name: string, thread: GreenThread): WorkerFiber {
    let fiber = this.#fibers.get(id);
    if (!fiber) this.#fibers.set(id, (fiber = new WorkerFiber(id, name, thread, this)));
    return fiber;
  }

  endFiber(id: number): void {
    this.#fibers.get(id)?.end();
    this.#fibers.delete(id);
  }

  /** @param what of what it waits for beside the calls that the hub performs. */
  stall(what: string | undefined, fibers: readonly StalledFiber[], thread: GreenThread): void {
    const known = fibers.map(([id, name]) => this.addFiber(id, name, thread));
    const waits = [...this.#blocking()].map(pendingIn);
    const own = [...this.#own()].map(pendingIn);
    const stalled = (inWords: string, since: number): Stalled => ({
      what: inWords,
      own: own.length > 0,
      target: undefined,
      // Any of them can let any code of this heap go on.
      ways: waits.map(({ target }) => target),
      bounded: waits.some(({ bounded }) => bounded),
      since,
    });
    const whats = [...new Set(own.map((wait) => wait.what))];
    const more = whats.length > SOME ? [`${whats.length - SOME} more`] : [];
    const since = Math.min(Date.now(), ...own.map((wait) => wait.since));
    this.#stalled = stalled(
      [...whats.slice(0, SOME), ...more].join(' and ') || (what ?? 'a promise'),
      since,
    );
    for (const [index, [, , ofFiber, from]] of fibers.entries())
      this.#elsewhere.set(known[index] as WorkerFiber, stalled(ofFiber, from));
    this.#host.changed();
  }

  /** Throws the error in the thread where it is blocked, if it still is in this wait. */
  failWait(error: unknown, wait: PendingWait): void {
    if ('number' in wait) {
      if (this.#parked === wait) this.abort(this.#parked.number, error);
      return;
    }
    const own = [...this.#own()];
    if (own.length > 0) for (const { call } of own) call.abort(error);
    // What had been waiting at the hub has been woken meanwhile; what had not has to be told there.
    else if (!(wait as Stalled).own) this.#host.kill(error);
  }

  pendingOf(fiber: WorkerFiber): PendingWait | undefined {
    const underway = this.#callOf(fiber);
    return underway ? pendingIn(underway) : this.#elsewhere.get(fiber);
  }

  suspectedOf(fiber: WorkerFiber): PendingWait | undefined {
    if (this.#calls.size === 0) return undefined;
    let suspicion = this.#suspicions.get(fiber);
    if (!suspicion) this.#suspicions.set(fiber, (suspicion = new Suspicion()));
    const { idThere } = fiber;
    return suspicion.of([...this.#blocking()].filter((one) => one.fiber === idThere));
  }

  /** What a fiber is doing, with what it waits for here, as far as it does. */
  known(seen: ThreadSeen): ThreadSeen {
    const wait = new Suspicion().of([...this.#blocking()].filter(({ fiber }) => fiber === seen.id));
    if (!wait) return seen;
    const { waitsFor, heldBy, since } = describeWait(wait);
    return { ...seen, waitsFor, heldBy, since };
  }

  failWaitOf(fiber: WorkerFiber, error: unknown, wait: PendingWait): void {
    const underway = this.#callOf(fiber);
    if (underway) {
      if (underway.pending === wait) underway.call.abort(error);
      return;
    }
    const { idThere } = fiber;
    const awaited = [...this.#blocking()].filter((one) => one.fiber === idThere);
    if (awaited.length > 0) for (const { call } of awaited) call.abort(error);
    else if ('ways' in wait) this.#host.killFiber(idThere, error);
  }

  stackOf(fiber: WorkerFiber): Promise<string | undefined> {
    return this.#host.stack(fiber.idThere);
  }

  /** The call in which the fiber is suspended. Async code that it runs may wait elsewhere as well. */
  #callOf({ idThere }: WorkerFiber): Underway | undefined {
    for (const underway of this.#blocking())
      if (underway.fiber === idThere && underway.caller === Caller.FIBER) return underway;
    return undefined;
  }

  /** The calls in which something of this Worker waits. */
  *#blocking(): Generator<Underway> {
    for (const underway of this.#calls.values())
      if (!underway.call.definition.standing) yield underway;
  }

  /** Those of the thread itself. */
  *#own(): Generator<Underway> {
    for (const underway of this.#blocking())
      if (underway.fiber === undefined || !this.#fibers.has(underway.fiber)) yield underway;
  }
}

/** The waits of async code, taken together: the same object as long as they are the same. */
class Suspicion {
  #of: readonly Underway[] = [];
  #wait: PendingWait | undefined;

  of(calls: readonly Underway[]): PendingWait | undefined {
    if (calls.length === 0) return (this.#wait = undefined);
    const same =
      calls.length === this.#of.length && calls.every((call, index) => call === this.#of[index]);
    this.#of = calls;
    if (same && this.#wait) return this.#wait;
    const waits = calls.map(pendingIn);
    return (this.#wait = {
      what: [...new Set(waits.map(({ what }) => what))].join(' and '),
      target: undefined,
      ways: waits.map(({ target }) => target),
      bounded: waits.some(({ bounded }) => bounded),
      open: true,
      since: Math.min(...waits.map(({ since }) => since)),
    });
  }
}

function pendingIn(underway: Underway): PendingWait {
  const { call, since } = underway;
  return (underway.pending ??= {
    what: call.wait?.what ?? `${call.definition.name}()`,
    target: call.wait?.target,
    bounded: underway.bounded || call.bounded,
    open: underway.open,
    since,
  });
}
