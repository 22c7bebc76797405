/**
 * What stands behind a `GreenThread`: its state machine, whichever heap it runs in.
 *
 * Invariants: the states only move down the list below; `outcome` is set exactly once, together with the move to
 * `ended`, and the links fire after that. A thread that is killed before it runs never runs.
 */
import type { Link, LinkTarget } from '../core/links.ts';
import type { GreenThread } from './green-thread.ts';
import type { Mailbox } from './mailbox.ts';

/** Where the thread's code runs: in a Worker of its own, or as suspended generators in this heap. */
export type ThreadKind = 'worker' | 'fiber';

/**
 * - `created`: not started; `start()` is still to be called.
 * - `scheduled`: will start by itself: soon, later (`startLater`), or when a worker is free.
 * - `running`: has begun; it may be blocked in a wait.
 * - `ended`: has a value or an error.
 */
export type ThreadState = 'created' | 'scheduled' | 'running' | 'ended';

/** How a thread ended. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: unknown };

/** What can be said with a kill. */
export interface KillOptions {
  /** Why. An `Error` is thrown in the thread as it is; anything else becomes the message of a `GreenThreadExit`. */
  reason?: unknown;
  /** Milliseconds to wait for the thread's end. Default: no limit. With `force`, the grace period (default 1000). */
  timeout?: number | undefined;
  /** Terminate a thread that has not ended after the grace period; its `finally` blocks may then not run. */
  force?: boolean | undefined;
  /** Aborting it ends the wait for the end, not the kill; its reason is thrown. */
  signal?: AbortSignal | null | undefined;
}

/** What they are beside `timeout` and `signal`. */
export const KILL_OPTIONS: readonly string[] = ['reason', 'force'];

/** The methods of a handle that take a link. */
export type LinkMethod = 'link' | 'linkValue' | 'linkError' | 'unlink';

export interface ThreadCore {
  readonly id: number;
  /** Under which it crosses to another heap. Throws when it cannot. */
  readonly referenceId: number;
  readonly name: string;
  readonly kind: ThreadKind;
  /** Does its state lie in this heap? */
  readonly local: boolean;
  readonly state: ThreadState;
  readonly outcome: Outcome | undefined;
  start(): void;
  startLater(ms: number): void;
  /** Begins the kill and does not wait for the end. */
  kill(options: KillOptions): void;
  link(callback: Link<GreenThread>): void;
  unlink(callback: Link<GreenThread>): void;
  /** Only where its state lies elsewhere: links, or unlinks, there what lives there too, so that no code here need run. */
  linkTarget?(method: LinkMethod, target: LinkTarget<GreenThread>): void;
  /** Somebody has looked at the outcome, or will: an error need not be printed. */
  observe(): void;
  /** The messages it was sent and has not received. Only where the thread belongs. */
  readonly mailbox: Mailbox;
}

/** Where a `GreenThread` keeps its core, for the ways of running and the hub. */
export const CORE = Symbol('coppice.core');
