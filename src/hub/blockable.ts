/**
 * Whoever can be blocked, and in what: as the deadlock finder and reports see green threads of both kinds, the fibers in
 * Workers, and the program's own code.
 */
import type { WaitTarget } from '../core/wait.ts';
import type { ThreadKind, ThreadState } from './thread-core.ts';

/** What a green thread is blocked in. The same object as long as it is the same wait. */
export interface PendingWait {
  /** In words. */
  readonly what: string;
  /** Given when only something inside the program can complete it. */
  readonly target: WaitTarget | undefined;
  /** Given instead when any of several waits would let it go on: what each is for. */
  readonly ways?: readonly (WaitTarget | undefined)[];
  /** Will it end by itself, by a timeout? */
  readonly bounded: boolean;
  /** May something of which nothing is known let it go on as well? Then it is blocked for sure only when nothing else is left. */
  readonly open?: boolean;
  /** When it began, in milliseconds since the epoch. */
  readonly since: number;
}

/** A green thread, or code of the program that is none. */
export interface Blockable {
  readonly name: string;
  readonly kind: ThreadKind | 'coroutine';
  /** Does it count, or is it a daemon? */
  readonly ref: boolean;
  readonly state: ThreadState;
  /** What it is blocked in, as far as is known. */
  readonly pending: PendingWait | undefined;
  /** Where `pending` is not known: what its async code waits for, beside which it may wait for other things. */
  readonly suspected?: PendingWait | undefined;
  /** The frames of the user's code where it is blocked; `undefined` when that cannot be told. */
  stack(): string | undefined | Promise<string | undefined>;
  /** Throws `error` where it is blocked, if it still is in this wait. */
  failWait(error: unknown, wait: PendingWait): void;
}

/** Is this a wait that only somebody else can end? */
export function isStuck(wait: PendingWait | undefined): wait is PendingWait {
  return wait !== undefined && !wait.bounded;
}
