/**
 * What the hub and a Worker say to each other: the shared words, and the messages on the port between them.
 *
 * Memory order. All words are read and written with Atomics, which are sequentially consistent, so one total order of
 * these operations exists. The doorbell counts what was posted to the Worker:
 *
 *   hub:    port.postMessage(m)  then  Atomics.add(DOORBELL, 1)  then  Atomics.notify(DOORBELL)
 *   Worker: n = Atomics.load(DOORBELL)  then  drain the port  then  Atomics.wait(DOORBELL, n)
 *
 * If m was posted too late for the drain, its add comes after the Worker's load, so the word is no longer n and the
 * wait returns at once ('not-equal'); if the add came before the load, m was in the port before the drain. In neither
 * case is a wakeup lost. 'ok', 'not-equal' and 'timed-out' all lead to the same re-check, so a spurious one is harmless.
 *
 * Who settles a blocking call is decided by one compare-and-swap on CALL: the hub swaps the call's number for SETTLED
 * before it posts the reply, a Worker that is killed or out of time swaps it for NO_CALL before it throws. One of them
 * wins. When the hub wins, the reply is certain to come (it is posted in the same turn) and the Worker takes it, the
 * interruption staying pending for the next yield point; when the Worker wins, the hub knows that its result was not
 * taken and can pass it on. So a hand-over is either taken or passed on, and no stale reply exists. A Worker that took
 * the reply puts NO_CALL; when one died and CALL still says SETTLED, it did not live to take it, and the hub passes it on.
 *
 * A reply that holds nothing but a number, a boolean, `null` or `undefined` is no message, which would cost more than the
 * rest of the answer. It travels in the words, and the doorbell counts it like a message:
 *
 *   hub:    CALL := SETTLED  then  NUMBER := the number  then  REPLY := its kind  then  add to DOORBELL  then  notify
 *   Worker: n = Atomics.load(DOORBELL)  then  kind = Atomics.load(REPLY), NUMBER  then  REPLY := NONE
 *
 * NUMBER is no atomic word, but it is written before the REPLY that the Worker reads before it. There is one blocking call
 * at most, and the Worker empties REPLY before it makes the next, so nobody overwrites what was not read. A Worker that
 * finds one ring more than it had taken in, and a reply, need not look into the port. That ring may have been another
 * message's, and the reply's own still to come. Then the message stays in the port until that one, which is certain, makes
 * DOORBELL differ from n: so it is taken at the next yield point, or a park in between ends at once.
 *
 * Nor is a blocking call a message whose arguments are few and plain: see call-words.ts and lookout.ts.
 *
 * A coroutine's call from a Worker is settled by the hub alone: the Worker asks it to abort and goes on waiting for what
 * the hub says, which is the abort or, when it crossed, the result. It counts the results that its coroutines took in
 * TAKEN, in the order in which they were posted, and as the code goes on that awaited them: one that came while the Worker
 * was parked, and that died so, was not taken; so the hub knows which ones a run that has ended did not take, and passes
 * those on. What comes after the run has ended is taken by nobody and not counted: the count is final before the hub
 * hears of the end.
 *
 * A fiber in a Worker calls as a coroutine does, but what it takes is counted when it goes on, not when it is woken, and so
 * in a word of its own, TAKEN_BY_FIBERS. One that was terminated meanwhile takes nothing: the Worker posts REFUSED, then
 * counts in REFUSED, then in TAKEN_BY_FIBERS. The hub reads them the other way round, and forgets no result while REFUSED
 * counts more than it has heard of: so whatever was refused is still there to be passed on when the message comes.
 */

import type { Inside } from '../core/seen.ts';
import type { SharedCode } from './shared-code.ts';

/** Indexes of the 32-bit words shared between the hub and one Worker. */
export const Word = {
  /** Counts messages from the hub; what a parked Worker waits on. */
  DOORBELL: 0,
  /** The number of the blocking call under way, or one of the two values below. */
  CALL: 1,
  /** How many bytes of output the hub has written out. */
  WRITTEN: 2,
  /** 1 while the Worker waits for WRITTEN to grow. */
  WRITE_WAITING: 3,
  /** 1 while the hub's clock is a virtual one, so that a sleep is a call to the hub. */
  VIRTUAL_TIME: 4,
  /** 1 while the Worker runs and is counted in `Shared.AWAKE`; 0 while it is parked or idle. */
  AWAKE: 5,
  /** The number of the last run that the Worker began: a job that it died without beginning can go to another. */
  RUN: 6,
  /** Counts the results that the hub handed over to coroutines of this Worker, and that they took. */
  TAKEN: 7,
  /** The same for its fibers, with those that were refused. */
  TAKEN_BY_FIBERS: 8,
  /** Counts those that were refused. */
  REFUSED: 9,
  /** The reply to the blocking call, when it is no message: one of `Reply`. */
  REPLY: 10,
  /** Of a reply that is a number: eight bytes, so at an even place. */
  NUMBER: 12,
  /** Counts the messages of the Worker that the hub has taken in. */
  HEARD: 14,
  /** Whose the words of a call are; see call-words.ts, also for what follows. */
  SLOT: 15,
  SLOT_CALL: 16,
  SLOT_DEFINITION: 17,
  SHAPE: 18,
  /** The first of those that say of what kind each argument is. */
  TAGS: 19,
} as const;

/** What REPLY says. */
export const Reply = { NONE: 0, UNDEFINED: 1, NULL: 2, FALSE: 3, TRUE: 4, NUMBER: 5 } as const;
export type Reply = (typeof Reply)[keyof typeof Reply];

/** The place of NUMBER in the words. */
export function numberIn({ buffer, byteOffset }: Int32Array): Float64Array {
  return new Float64Array(buffer, byteOffset + 4 * Word.NUMBER, 1);
}

/** Who makes a call: what has to be known to settle it. */
export const Caller = {
  /** It is parked meanwhile. */
  PARKED: 0,
  COROUTINE: 1,
  FIBER: 2,
} as const;
export type Caller = (typeof Caller)[keyof typeof Caller];

/** In CALL: there is none, or it was abandoned. Call numbers start at 1. */
export const NO_CALL = 0;
/** In CALL: the hub has settled it, and its reply is in the port or about to be. */
export const SETTLED = -1;

/** Indexes of the words shared by all Workers of one hub. */
export const Shared = {
  /** How many Workers are awake: neither parked nor idle. */
  AWAKE: 0,
  /** 1 once a Worker has made the compiled form of the library that later ones start with. */
  CODE: 1,
  /** Will the hub look for calls by itself? See lookout.ts. */
  HUB: 2,
  /** The first of those that have a bit for each Worker: may it have put a call into its words? */
  CALLING: 3,
} as const;

/** In HUB. */
export const HUB_ASLEEP = 0;
export const HUB_AWAKE = 1;

/** So many Workers have such a bit. More of them post their calls. */
export const PLACES = 1024;
export const SHARED_WORDS = Shared.CALLING + PLACES / 32;

/** The largest number of unwritten bytes of output at which a Worker goes on without waiting. */
export const OUTPUT_HIGH_WATER = 1 << 18;

/** What a Worker is told when it is made. */
export interface Boot {
  readonly port: import('node:worker_threads').MessagePort;
  readonly words: Int32Array;
  readonly shared: Int32Array;
  /** Which of the bits in `Shared.CALLING` is its. */
  readonly place: number | undefined;
  readonly cores: number;
  /** What the main thread's stdout and stderr are. */
  readonly terminals: readonly (Terminal | undefined)[];
  /** What load.ts makes this package's code of. */
  readonly code: SharedCode | undefined;
  /** Does the Worker stay for other jobs when its first one is done? */
  readonly reusable: boolean;
}

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  readonly colorDepth: number;
}

/** What a Worker is to run. */
export interface Job {
  /** Numbers the runs of one Worker: what comes for another run is dropped. */
  readonly run: number;
  readonly thread: number;
  readonly url: string;
  readonly exportName: string | undefined;
  readonly args: readonly unknown[];
  /** Given for a script: what follows the script's name on the command line. */
  readonly argv: readonly string[] | undefined;
}

type Encoded = import('../core/error-codec.ts').EncodedError;

/** The first element of a message says what it is. */
export const ToWorker = {
  RUN: 0,
  REPLY: 1,
  FAIL: 2,
  KILL: 3,
  INSPECT: 4,
  KILL_FIBER: 5,
  LOOK_INSIDE: 6,
} as const;
export type ToWorker =
  /** The fields of a `Job`, which travel faster without their names. */
  | [
      typeof ToWorker.RUN,
      run: number,
      thread: number,
      url: string,
      exportName: string | undefined,
      args: unknown[],
      argv: string[] | undefined,
    ]
  | [typeof ToWorker.REPLY, call: number, value: unknown]
  | [typeof ToWorker.FAIL, call: number, error: Encoded]
  | [typeof ToWorker.KILL, run: number, error: Encoded]
  /** Asks for the stack, of the thread or of a fiber of its Worker, which can be told without waking the user's code. */
  | [typeof ToWorker.INSPECT, question: number, fiber: number | undefined]
  /** The same, with all that its fibers do. */
  | [typeof ToWorker.LOOK_INSIDE, question: number]
  /** Throws the error in a fiber that waits for nothing at the hub. */
  | [typeof ToWorker.KILL_FIBER, run: number, fiber: number, error: Encoded];

export const ToHub = {
  CALL: 0,
  ABORT: 1,
  WRITE: 2,
  SCRIPT: 3,
  DONE: 4,
  THREW: 5,
  IDLE: 6,
  CRASHED: 7,
  DROPPED: 8,
  LINGERS: 9,
  REFUSED: 10,
  STACK: 11,
  FIBER: 12,
  FIBER_ENDED: 13,
  STALLED: 14,
  DEFINITION: 15,
  CODE: 16,
  LOOK: 17,
  INSIDE: 18,
} as const;
export type ToHub =
  /** There may be a call in shared words. */
  | [typeof ToHub.LOOK]
  /** Flat, and of small integers where it can be: that is what V8 serializes fastest. */
  | [
      typeof ToHub.CALL,
      call: number,
      caller: Caller,
      definition: number,
      about: AboutCall | 0,
      ...args: unknown[],
    ]
  /** What the number of a definition stands for, from here on. */
  | [typeof ToHub.DEFINITION, definition: number, name: string, module: string | undefined]
  | [typeof ToHub.ABORT, call: number, reason: Encoded]
  | [typeof ToHub.WRITE, fd: 1 | 2, chunk: Uint8Array]
  /** The target turned out to be a script: it has no function to call, and ends when its Worker's loop is empty. */
  | [typeof ToHub.SCRIPT, run: number]
  /** `idle`: ready for the next job at once. */
  | [typeof ToHub.DONE, run: number, idle: boolean, value: unknown]
  | [typeof ToHub.THREW, run: number, idle: boolean, error: Encoded]
  /** Ready for the next job. */
  | [typeof ToHub.IDLE, run: number]
  /** Not ready for another: the last job left something running. */
  | [typeof ToHub.LINGERS, run: number]
  /** An error that the Worker is about to die of. */
  | [typeof ToHub.CRASHED, error: Encoded]
  /** The Worker no longer holds the object of this reference, which it had received so many times. */
  | [typeof ToHub.DROPPED, reference: string, receipts: number]
  /** The fiber that made this call was gone when its result came, or before it could go on with it. */
  | [typeof ToHub.REFUSED, call: number]
  /** A fiber that is a green thread of its own, and whom it matters to know from here on. */
  | [typeof ToHub.FIBER, fiber: number, name: string]
  /** It has ended. */
  | [typeof ToHub.FIBER_ENDED, fiber: number]
  /** What V8 made of the library here; see shared-code.ts. */
  | [typeof ToHub.CODE, compiled: SharedArrayBuffer]
  /** The answer to INSPECT: the frames of the user's code. */
  | [typeof ToHub.STACK, question: number, stack: string]
  | [typeof ToHub.INSIDE, question: number, inside: Inside]
  /**
   * The run goes on only by what the hub sends, if at all: see stall.ts.
   *
   * @see StalledFiber for those of its fibers that are blocked.
   */
  | [
      typeof ToHub.STALLED,
      run: number,
      /** How many messages had come that may let something go on. */
      heard: number,
      /** What it waits for beside the calls that the hub performs. */
      what: string | undefined,
      fibers: readonly StalledFiber[],
    ];

/** A fiber of a Worker that has stalled. */
export type StalledFiber = readonly [id: number, name: string, what: string, since: number];

/** What few calls say. The limits of a blocking call are kept by the Worker itself, and here only said. */
export interface AboutCall {
  readonly timeout?: number | undefined;
  /** A blocking call, or that of a fiber, that the Worker itself will end in time. */
  readonly bounded?: boolean | undefined;
  /** A fiber that may give the call up, by a signal of which nobody knows when it is aborted. */
  readonly open?: boolean | undefined;
  /** The fiber that calls, if one does that is a green thread of its own. */
  readonly fiber?: number | undefined;
}
