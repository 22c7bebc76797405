/**
 * What a Worker tells of what goes on in it, for reports.
 */

/** A green thread as another heap is told of it. */
export interface ThreadSeen {
  readonly id: number;
  /** Who made it. */
  readonly parentId: number | undefined;
  readonly name: string;
  readonly state: string;
  readonly ref: boolean;
  readonly waitsFor: string;
  readonly heldBy: readonly string[];
  /** Milliseconds since the epoch; 0 when it waits for nothing. */
  readonly since: number;
  /** The frames of the user's code. */
  readonly stack: string;
}

/** What is going on in a Worker. */
export interface Inside {
  /** The frames of the user's code. */
  readonly stack: string;
  /** It sleeps by itself: for so many milliseconds, and since when. */
  readonly asleep: { readonly ms: number; readonly since: number } | undefined;
  /** What its own async code is known to wait for, in words. */
  readonly waitsFor: string | undefined;
  readonly fibers: readonly ThreadSeen[];
}
