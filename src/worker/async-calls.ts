/**
 * The calls to the hub that this Worker's coroutines and fibers wait for, while the Worker itself goes on.
 *
 * Invariants: see protocol.ts for how a result is counted as taken or refused, in which order, and why the hub passes on
 * what is not. Nothing that was begun in one run comes to anybody in the next.
 */
import type { MessagePort } from 'node:worker_threads';
import { linkAbort, unlinkAbort } from '../core/abort-links.ts';
import type { Definition } from '../core/definition.ts';
import { decodeError, encodeError } from '../core/error-codec.ts';
import type { CallOptions } from '../core/heap.ts';
import { signalDeadline } from '../core/signal-deadline.ts';
import type { TimeoutScope } from '../core/timeout.ts';
import { ASKED, type Cancel, type Waker } from '../core/wait.ts';
import type { CallSender } from './call-sender.ts';
import type { CoroutineWaits } from './coroutine-waits.ts';
import { HubWait, type Delivery } from './hub-wait.ts';
import { Caller, ToHub, ToWorker, Word, type Boot } from './protocol.ts';
import type { Stall } from './stall.ts';
import { post } from './wire.ts';

/** Who waits. */
interface Waiting {
  readonly waker: Waker<unknown>;
  /** A fiber's. */
  readonly wait?: HubWait;
  /** Will a time limit of the fiber's own end it? */
  readonly limited?: boolean;
}

export class AsyncCalls {
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  readonly #sender: CallSender;
  readonly #waits: CoroutineWaits;
  readonly #stall: Stall;
  readonly #waiting = new Map<number, Waiting>();
  /** How many promises have been resolved whose code has not gone on yet. */
  #resolved = 0;
  /** What fibers were woken with, from the oldest on that has not gone on. */
  readonly #delivered: Delivery[] = [];

  constructor({ port, words }: Boot, sender: CallSender, waits: CoroutineWaits, stall: Stall) {
    this.#port = port;
    this.#words = words;
    this.#sender = sender;
    this.#waits = waits;
    this.#stall = stall;
  }

  /** What is still waited for never comes, and what a fiber was woken with stays its own. */
  endRun(): void {
    // To clear it makes a new table, also for an empty one.
    if (this.#waiting.size > 0) this.#waiting.clear();
    if (this.#resolved > 0) this.#countTaken();
    for (const delivery of this.#delivered) delivery.over = true;
    Atomics.add(this.#words, Word.TAKEN_BY_FIBERS, this.#delivered.splice(0).length);
  }

  /** For a coroutine. */
  perform(definition: Definition, args: unknown[], options: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#begin(definition, args, options, { waker: { wake: resolve, fail: reject } });
    });
  }

  /** For a fiber. */
  suspend(definition: Definition, args: unknown[], given: CallOptions): HubWait {
    const begin = (wait: HubWait, waker: Waker<unknown>): Cancel => {
      const ended = this.#waits.enterFiber();
      const noting = {
        wake: (value: unknown) => (ended(), waker.wake(value)),
        fail: (error: unknown) => (ended(), waker.fail(error)),
      };
      try {
        // A fiber is its own waker, and has its time limits with it.
        const { timeouts } = waker as { timeouts?: TimeoutScope | null };
        const limited = (timeouts?.next?.deadline ?? Infinity) < Infinity;
        return this.#begin(definition, args, given, { waker: noting, wait, limited });
      } catch (error) {
        ended();
        throw error;
      }
    };
    return new HubWait(begin, definition.name, (delivery, taken) => this.#settle(delivery, taken));
  }

  /** The hub's answer to a call; one of a run that is over is nobody's. */
  answered([kind, call, answer]: Extract<ToWorker, { 0: 1 | 2 }>): void {
    const waiting = this.#waiting.get(call);
    if (!waiting) return;
    this.#waiting.delete(call);
    if (kind === ToWorker.FAIL) waiting.waker.fail(decodeError(answer));
    else this.#deliver(call, waiting, answer);
  }

  #deliver(call: number, { waker, wait }: Waiting, value: unknown): void {
    if (!wait) {
      waker.wake(value);
      if (this.#resolved++ === 0) queueMicrotask(() => this.#countTaken());
      return;
    }
    const delivery = (wait.delivery = { call, over: false });
    this.#delivered.push(delivery);
    if (waker.wake(value) === false) wait.refuse();
  }

  #countTaken(): void {
    Atomics.add(this.#words, Word.TAKEN, this.#resolved);
    this.#resolved = 0;
  }

  /** See protocol.ts for the order. */
  #settle(delivery: Delivery, taken: boolean): void {
    if (delivery.over) return;
    delivery.over = true;
    if (!taken) {
      post(this.#port, [ToHub.REFUSED, delivery.call]);
      Atomics.add(this.#words, Word.REFUSED, 1);
    }
    while (this.#delivered[0]?.over) {
      this.#delivered.shift();
      Atomics.add(this.#words, Word.TAKEN_BY_FIBERS, 1);
    }
  }

  /** The hub decides how it ends: a result that is on its way already must not get lost. */
  #begin(
    definition: Definition,
    args: unknown[],
    { timeout, signal }: CallOptions,
    { waker, wait, limited }: Waiting,
  ): Cancel {
    signal?.throwIfAborted();
    const call = this.#sender.next();
    const caller = wait ? Caller.FIBER : Caller.COROUTINE;
    const due = signal && signalDeadline(signal);
    const bounded = wait !== undefined && (limited === true || due !== undefined);
    // Whatever runs here may abort it.
    const open = wait !== undefined && signal !== undefined && due === undefined;
    this.#sender.send(call, caller, definition, args, bounded, { timeout, open });
    this.#stall.moved();
    const abort = (reason: unknown): void => {
      this.#stall.moved();
      post(this.#port, [ToHub.ABORT, call, encodeError(reason)]);
    };
    const onAbort = (): void => abort(signal?.reason);
    const settled = (): void => {
      if (signal) unlinkAbort(signal, onAbort);
    };
    if (signal) linkAbort(signal, onAbort);
    const settling = {
      wake: (value: unknown) => (settled(), waker.wake(value)),
      fail: (error: unknown) => (settled(), waker.fail(signal?.aborted ? signal.reason : error)),
    };
    this.#waiting.set(call, { waker: settling, ...(wait && { wait }) });
    return (reason) => {
      // The run is over, and with it the call: nothing comes any more.
      if (!this.#waiting.has(call)) return settled();
      abort(reason);
      return ASKED;
    };
  }
}
