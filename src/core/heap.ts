/**
 * What one JavaScript heap (the main thread, or one Worker) knows of itself: how its plain code waits.
 *
 * Invariant: one per heap, also when two copies of the package are loaded in it, hence the global symbol. The way of
 * waiting is the one seam of the code base: everything above asks `heap.way` and nothing else.
 */
import type { Definition } from './definition.ts';
import type { ThreadSeen } from './seen.ts';
import type { TimeoutScope } from './timeout.ts';
import type { Wait } from './wait.ts';

/** What every wait can be limited by. */
export interface WaitOptions {
  /** Milliseconds after which a `Timeout` is thrown. Without it: no limit. */
  timeout?: number | undefined;
  /**
   * Aborting it withdraws the wait; its reason is thrown. In plain code on the main thread only one that is aborted
   * already counts, since nothing can abort it while that thread blocks: use `timeout` there. As for `fetch`, `null` is
   * none.
   */
  signal?: AbortSignal | null | undefined;
}

/** The same as a call carries it. */
export interface CallOptions extends WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** When the time is over, on the installed clock; for what goes on after the call itself. */
  readonly deadline?: number | undefined;
  /** What the limit was set to as a whole, when `timeout` is what is left of it: named in the error. */
  readonly whole?: number | undefined;
}

/** How plain code in this heap waits. */
export interface Way {
  readonly kind: 'worker' | 'main';
  /** The running timeouts of the current green thread. */
  readonly timeouts: TimeoutScope;
  /** Performs a call and blocks until it has settled. */
  perform(definition: Definition, args: unknown[], options: CallOptions): unknown;
  /** Performs a call for a coroutine of this heap. */
  performAsync(definition: Definition, args: unknown[], options: CallOptions): Promise<unknown>;
  /** The wait of a fiber of this heap for a call that another heap performs; without it, all are performed here. */
  suspend?(definition: Definition, args: unknown[], options: CallOptions): FarWait;
  /**
   * From now on what ends this heap's own green thread, or async function, ends the waits of a fiber that runs a stretch of
   * its code.
   *
   * @param interrupt throws the error in the fiber, at its next yield point, and then calls `thrown`.
   * @param standing where the fiber stands, for reports.
   * @returns what tells that the fiber has ended.
   */
  accompany?(
    interrupt: (error: unknown, thrown: () => void) => void,
    standing: Standing,
  ): () => void;
  /** Blocks for `ms` milliseconds without any loop. `false` when this heap cannot: time is not its own. */
  park(ms: number, options: CallOptions): boolean;
  /** In a Worker: what primitives in shared memory need, that make no call when they need not wait. */
  readonly shared?: SharedWay;
}

/** Where a fiber stands, for as long as it waits. */
export interface Standing {
  /** What it waits for, in words. */
  readonly what: string | undefined;
  /** The frames of the user's code there. */
  readonly frames: string | undefined;
}

/** A wait that another heap completes. Exactly one of these is said of what it gave, when it gave something. */
export interface FarWait extends Wait<unknown> {
  /** The fiber has gone on with it. */
  taken(): void;
  /** The fiber was woken with it, and ended by force before it could go on. */
  refuse(): void;
}

export interface SharedWay {
  /** A yield point that does not wait. */
  check(): void;
  /** The id of the green thread that this Worker runs. */
  threadId(): number;
  /** The same where it is what runs now; 0 in a fiber that is a green thread of its own, whom only the hub can tell. */
  ownerId(): number;
  /** Is there a core to spare for a `Spin`? */
  maySpin(): boolean;
  /** Parks by `park`, counted as parked. */
  pause(park: () => void): void;
}

interface Heap {
  way: Way;
  /** The green thread whose code is running, if any; a `GreenThread`. */
  currentThread: () => unknown;
  /** The same, if it is a fiber: a green thread that lives in this heap, and not the one that has the heap for itself. */
  ownFiber: () => unknown;
  /** The running timeouts of whatever code is running. */
  timeouts: () => TimeoutScope;
  /**
   * In a compiled program: calls a function from the loop itself, where nothing stands in between, so that it can be set
   * aside where it waits; what it gives then is a promise.
   */
  enter?: (
    target: (...args: never[]) => unknown,
    self: unknown,
    args: readonly unknown[],
  ) => unknown;
  /** May what runs now park its Worker, although it could be set aside? Then nobody else here would run meanwhile. */
  mayPark?: () => boolean;
  /** What the fibers of this heap are doing, once there have been any. */
  fibersSeen?: () => readonly ThreadSeen[];
  /** Names every definition that this heap knows. */
  readonly definitions: Map<string, Definition>;
}

const key = Symbol.for('coppice.heap');
const globals = globalThis as typeof globalThis & { [key]?: Heap };

/** This heap's. The way is put in by src/main, or by the Worker entry. */
export const heap: Heap = (globals[key] ??= {
  way: undefined as unknown as Way,
  currentThread: () => undefined,
  ownFiber: () => undefined,
  timeouts: () => heap.way.timeouts,
  definitions: new Map(),
});
