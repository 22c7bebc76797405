/**
 * Waiting inside a Worker: the one place where it parks.
 *
 * Invariants: see protocol.ts for the memory order. At most one blocking call is under way, because nothing else of
 * this Worker runs while it is parked. An interruption (kill) is thrown at exactly one yield point, oldest first; a
 * timeout is thrown as its own object. Every wait ends: by its reply, an interruption, a deadline, or with the process.
 *
 * Past 400 lines because what can wake a parked Worker has to be weighed in one place.
 */
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { decodeError, encodeError, framesHere } from '../core/error-codec.ts';
import type { Definition } from '../core/definition.ts';
import { checkMilliseconds } from '../core/errors.ts';
import { heap, type CallOptions, type Standing } from '../core/heap.ts';
import { liveThread, liveThreads } from '../hub/registry.ts';
import type { Inside } from '../core/seen.ts';
import { Spin } from '../core/spin.ts';
import { steadyTime } from '../core/steady-time.ts';
import { timeoutError, type Timeout } from '../core/timeout.ts';
import { signalDeadline, signalTimeoutError } from '../core/signal-deadline.ts';
import { userFrames } from '../core/user-frames.ts';
import { AsyncCalls } from './async-calls.ts';
import { CallSender } from './call-sender.ts';
import { CoroutineWaits } from './coroutine-waits.ts';
import type { HubWait } from './hub-wait.ts';
import {
  NO_CALL,
  numberIn,
  Reply,
  Shared,
  ToHub,
  ToWorker,
  Word,
  type Boot,
  type Job,
} from './protocol.ts';
import { takeWhileResting } from './rest.ts';
import { Stall } from './stall.ts';
import { post, read } from './wire.ts';
import { WorkerTimeouts } from './worker-timeouts.ts';

/** How many looks at the doorbell pay at most: some tens of microseconds. */
const MOST_LOOKS = 32_768;
const LEAST_LOOKS = 64;
/** The same where others want the core too. */
const MOST_CROWDED = 4_096;
const LEAST_CROWDED = 8;
const PROBE = 128;

export class Parker {
  readonly timeouts = new WorkerTimeouts((timeout) => this.#timeOut(timeout));
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  readonly #number: Float64Array;
  readonly #shared: Int32Array;
  readonly #cores: number;
  readonly #onJob: (job: Job) => void;
  /** Ends the job by an error that it can be told of nowhere else. */
  readonly #onDeadEnd: (error: unknown) => void;
  readonly #stall: Stall;
  readonly #sender: CallSender;
  /** What the parked Worker does not see: its coroutines' waits, and their calls. */
  readonly #waits: CoroutineWaits;
  readonly #asyncCalls: AsyncCalls;
  #interruptions: unknown[] = [];
  #blockedOn = NO_CALL;
  #reply: ToWorker | undefined;
  #drained = 0;
  #run = 0;
  /** A run that has arrived and not yet begun, and the kills that came for it meanwhile. */
  #nextRun = 0;
  #early: unknown[] = [];
  #ownsLoop = true;
  /** Has the job gone on to async code? */
  #async = false;
  #script = false;
  #rests = false;
  /** Of a sleep that is under way. */
  #asleep: { readonly ms: number; readonly until: number } | undefined;
  #atYieldPoint = false;
  readonly #spin = new Spin(MOST_LOOKS, LEAST_LOOKS, PROBE);
  readonly #crowdedSpin = new Spin(MOST_CROWDED, LEAST_CROWDED, PROBE);

  constructor(boot: Boot, onJob: (job: Job) => void, onDeadEnd: (error: unknown) => void) {
    this.#port = boot.port;
    this.#words = boot.words;
    this.#number = numberIn(boot.words);
    this.#shared = boot.shared;
    this.#cores = boot.cores;
    this.#onJob = onJob;
    this.#onDeadEnd = onDeadEnd;
    this.#stall = new Stall(this.#port, {
      keepsLoop: () => this.#ownsLoop || this.#waits.size > 0,
      waits: () => this.#run !== 0 && ((this.#ownsLoop && this.#async) || this.#waits.size > 0),
      stalled: (heard) => this.#stalled(heard),
    });
    this.#sender = new CallSender(boot);
    this.#waits = new CoroutineWaits(this.#stall, {
      check: () => this.check(),
      sendTo: (controller) => this.#sendDue(controller),
    });
    this.#asyncCalls = new AsyncCalls(boot, this.#sender, this.#waits, this.#stall);
    const rests = (): boolean => this.#rests;
    const take = (wire: unknown): void => this.#handle(read(wire));
    this.#port.on('message', (wire: unknown) => {
      take(wire);
      takeWhileResting(boot, rests, take);
    });
    // Nobody knows what it was, so whoever waits for it waits for ever, and is told so.
    this.#port.on('messageerror', () => this.#stall.heard());
  }

  get virtualTime(): boolean {
    return Atomics.load(this.#words, Word.VIRTUAL_TIME) === 1;
  }

  /** Begins the run of a job: what is left of another one is forgotten. */
  beginRun(run: number): void {
    this.#run = run;
    this.#async = false;
    this.#rests = false;
    this.#nextRun = 0;
    Atomics.store(this.#words, Word.RUN, run);
    this.#interruptions = this.#early;
    this.#early = [];
    this.timeouts.clear();
    this.#sender.beginRun();
    this.#setAwake(1);
  }

  /** Ends the run: what its coroutines still wait for never comes, and what a fiber was woken with stays its own. */
  endRun(): void {
    this.#run = 0;
    this.#sender.endRun();
    this.#asyncCalls.endRun();
    this.#waits.endRun();
    this.#interruptions = [];
    this.timeouts.clear();
    this.#stall.ended();
    this.#setAwake(0);
  }

  /** The job goes on in async code. */
  goesOn(): void {
    this.#async = true;
    this.#stall.moved();
  }

  /** The last run has left nothing that needs this Worker's loop. */
  rest(): void {
    this.#rests = true;
  }

  /** A yield point that does not wait: throws what is due. */
  check(): void {
    this.#listen();
    if (this.#interruptions.length > 0) throw this.#interruptions.shift();
    const next = this.timeouts.next;
    if (next && next.deadline <= steadyTime()) {
      next.close();
      throw next.thrown;
    }
  }

  /** Parks for `ms` milliseconds. */
  sleep(ms: number, options: CallOptions): void {
    options.signal?.throwIfAborted();
    const until = steadyTime() + ms;
    this.#asleep = { ms, until };
    try {
      this.#wait(() => false, limitOf(options), until);
    } finally {
      this.#asleep = undefined;
    }
  }

  /**
   * Parks until `done()`, which is asked after each ring of the doorbell. Throws nothing: when an interruption or a
   * timeout falls due it returns early, and what is due is thrown at the next yield point.
   */
  parkUntil(done: () => boolean): void {
    for (;;) {
      const rung = this.#listen();
      const left = (this.timeouts.next?.deadline ?? Infinity) - steadyTime();
      if (done() || this.#interruptions.length > 0 || left <= 0) return;
      this.#park(rung, left);
    }
  }

  /** Performs a call at the hub and parks until its reply. */
  call(definition: Definition, args: unknown[], options: CallOptions): unknown {
    const { uninterrupted = false, entered = false } = definition;
    if (!uninterrupted && !entered) this.check();
    options.signal?.throwIfAborted();
    const limit = limitOf(options);
    const first = Math.min(limit.at, this.timeouts.next?.deadline ?? Infinity);
    const bounded = first < Infinity;
    const call = this.#sender.next();
    Atomics.store(this.#words, Word.CALL, call);
    this.#blockedOn = call;
    try {
      // Refused (not cloneable) or done, the word is only left behind: no other call can be mistaken for this one.
      this.#sender.sendParked(call, definition, args, bounded);
      this.#stall.moved();
      if (uninterrupted) this.#waitForReply();
      else {
        this.#wait(
          () => this.#reply !== undefined,
          limit,
          undefined,
          () => this.#abandon(call),
        );
      }
      const reply = this.#reply as ToWorker;
      if (reply[0] === ToWorker.FAIL) {
        throw decodeError(
          reply[2],
          framesHere('called from a worker green thread', definition.face),
        );
      }
      return reply[2];
    } finally {
      // Says that the reply, if there was one, is taken.
      Atomics.store(this.#words, Word.CALL, NO_CALL);
      this.#blockedOn = NO_CALL;
      this.#reply = undefined;
    }
  }

  /** As `call`, for a coroutine: its wait does not park. */
  callAsync(definition: Definition, args: unknown[], options: CallOptions): Promise<unknown> {
    return this.#asyncCalls.perform(definition, args, options);
  }

  /** As `call`, for a fiber. */
  suspend(definition: Definition, args: unknown[], options: CallOptions): HubWait {
    return this.#asyncCalls.suspend(definition, args, options);
  }

  /** A coroutine's wait of any kind; see CoroutineWaits. */
  interruptible(
    definition: Definition,
    options: CallOptions,
    begin: (options: CallOptions) => Promise<unknown>,
  ): Promise<unknown> {
    return this.#waits.interruptible(definition, options, begin);
  }

  /** A fiber that runs async code of the job; see CoroutineWaits. */
  accompany(
    interrupt: (error: unknown, thrown: () => void) => void,
    standing: Standing,
  ): () => void {
    return this.#waits.accompany(interrupt, standing);
  }

  /** Sends what is due by now to this wait: the oldest interruption, or else the timeout. */
  #sendDue(controller: AbortController): void {
    this.#listen();
    if (this.#interruptions.length > 0) {
      const error = this.#interruptions.shift();
      this.#waits.send(error, [controller], {
        thrown: () => {},
        missed: () => void this.#interruptions.unshift(error),
      });
    } else if ((this.timeouts.next?.deadline ?? Infinity) <= steadyTime()) {
      this.#timeOut(this.timeouts.next as Timeout);
    }
  }

  /** From here on the Worker ends when its loop is empty; only waiting coroutines keep it. */
  releaseLoop(): void {
    this.#ownsLoop = false;
    this.#stall.update();
  }

  /** This Worker's loop is empty. See stall.ts. */
  #stalled(heard: number): boolean {
    const limit = this.timeouts.next;
    const now = steadyTime();
    // Nothing that could throw what is due will ever run: this is the job's last yield point.
    if (
      this.#waits.size === 0 &&
      (this.#interruptions.length > 0 || (limit && limit.deadline <= now))
    ) {
      const error = this.#interruptions.length > 0 ? this.#interruptions.shift() : limit?.thrown;
      this.#onDeadEnd(error);
      return true;
    }
    const fibers = [...liveThreads()].filter(({ pending }) => pending !== undefined);
    const limited = limit !== undefined && limit.deadline > now && limit.deadline < Infinity;
    if (limited || this.#waits.bounded || fibers.some(({ pending }) => pending?.bounded))
      return false;
    post(this.#port, [
      ToHub.STALLED,
      this.#run,
      heard,
      this.#waitedFor(),
      fibers
        .slice(0, MANY)
        .map(({ id, name, pending }) => [id, name, pending?.what, pending?.since]),
    ]);
    return true;
  }

  /** What coroutines wait for, in words. */
  #waitedFor(): string | undefined {
    return this.#waits.names.slice(0, SOME).join(' and ') || undefined;
  }

  /** Where the thread, or this fiber, stands. */
  #stack(fiber: number | undefined): string {
    if (fiber !== undefined) return (liveThread(fiber)?.stack() as string | undefined) ?? '';
    return userFrames() || this.#waits.stack();
  }

  #inside(): Inside {
    const asleep = this.#asleep;
    const since = asleep && Math.round(Date.now() - (steadyTime() - asleep.until + asleep.ms));
    return {
      stack: this.#stack(undefined),
      asleep: asleep && { ms: asleep.ms, since: since as number },
      waitsFor: this.#waitedFor(),
      fibers: heap.fibersSeen?.() ?? [],
    };
  }

  /** From here on the loop is the main program's, and a place where a kill can reach it. */
  becomeScript(): void {
    this.#script = true;
    this.releaseLoop();
  }

  /** For a call that the hub answers in the turn in which it comes. */
  #waitForReply(): void {
    for (;;) {
      const rung = this.#listen();
      if (this.#reply) return;
      this.#park(rung, Infinity);
    }
  }

  /** Tries to take the call back from the hub; see protocol.ts for what it means to win. */
  #abandon(call: number): boolean {
    return Atomics.compareExchange(this.#words, Word.CALL, call, NO_CALL) === call;
  }

  /**
   * Parks until `done()` or `until`. An interruption or a timeout ends the wait only if `withdraw()` succeeds;
   * otherwise what was waited for has already happened, and the interruption stays for the next yield point.
   */
  #wait(done: () => boolean, limit: Limit, until = Infinity, withdraw = () => true): void {
    for (;;) {
      const rung = this.#listen();
      if (done()) return;
      if (this.#interruptions.length > 0 && this.#withdraw(withdraw, this.#interruptions[0])) {
        throw this.#interruptions.shift();
      }
      const timeout = this.timeouts.next;
      const deadline = Math.min(until, limit.at, timeout?.deadline ?? Infinity);
      const now = deadline === Infinity ? 0 : steadyTime();
      if (now >= deadline) {
        if (timeout && timeout.deadline <= Math.min(limit.at, until)) {
          if (this.#withdraw(withdraw, timeout.thrown)) {
            timeout.close();
            throw timeout.thrown;
          }
        } else if (limit.at < until) {
          const error = limit.error();
          if (this.#withdraw(withdraw, error)) throw error;
        } else {
          return;
        }
        // The hub was first: its reply is about to ring.
        this.#park(rung, Infinity);
      } else {
        this.#park(rung, deadline - now);
      }
    }
  }

  #withdraw(withdraw: () => boolean, reason: unknown): boolean {
    if (!withdraw()) return false;
    if (this.#blockedOn !== NO_CALL && !this.#sender.takeBack())
      post(this.#port, [ToHub.ABORT, this.#blockedOn, encodeError(reason)]);
    return true;
  }

  /** Keeps the count of Workers that are awake; returns what was noted before. */
  #setAwake(awake: number): number {
    const before = Atomics.exchange(this.#words, Word.AWAKE, awake);
    if (before !== awake) Atomics.add(this.#shared, Shared.AWAKE, awake - before);
    return before;
  }

  /** Waits until the doorbell is no longer at `rung`, or `ms` milliseconds. */
  #park(rung: number, ms: number): void {
    if (this.#spinUntil(rung)) return;
    const before = this.#setAwake(0);
    Atomics.wait(this.#words, Word.DOORBELL, rung, ms);
    this.#setAwake(before);
  }

  /**
   * Looks at the doorbell for a short while before parking. For less long when more threads are awake than there are cores
   * (the hub counts as one): where the hub has one of them it answers sooner than another thread could be switched to, and
   * where it has none it is only kept from working.
   */
  #spinUntil(rung: number): boolean {
    if (this.#blockedOn === NO_CALL) return false;
    const crowded = Atomics.load(this.#shared, Shared.AWAKE) + 1 > this.#cores;
    const spin = crowded ? this.#crowdedSpin : this.#spin;
    return spin.until(() => Atomics.load(this.#words, Word.DOORBELL) !== rung);
  }

  /** Parks elsewhere, for a moment. */
  pause(park: () => void): void {
    this.#setAwake(0);
    park();
    this.#setAwake(1);
  }

  /** Is there a core to spare, for looking at what another Worker is about to let go? */
  get maySpin(): boolean {
    // The hub is not needed for it, so it does not count as one that is kept from working.
    return this.#cores > 1 && Atomics.load(this.#shared, Shared.AWAKE) <= this.#cores;
  }

  /** Takes in what the hub has posted; returns the doorbell's value from before, to park on. */
  #listen(): number {
    const rung = Atomics.load(this.#words, Word.DOORBELL);
    if (rung === this.#drained) return rung;
    if (this.#blockedOn !== NO_CALL && this.#takeReply() && rung === ((this.#drained + 1) | 0)) {
      this.#drained = rung;
      return rung;
    }
    this.#atYieldPoint = true;
    try {
      for (
        let got = receiveMessageOnPort(this.#port);
        got;
        got = receiveMessageOnPort(this.#port)
      ) {
        this.#handle(read(got.message));
      }
      this.#drained = rung;
    } finally {
      // A reply that cannot be deserialized throws here, to whom it was meant for.
      this.#atYieldPoint = false;
    }
    return rung;
  }

  /** A reply that is no message. @returns was there one? */
  #takeReply(): boolean {
    const kind = Atomics.load(this.#words, Word.REPLY) as Reply;
    if (kind === Reply.NONE) return false;
    const value = kind === Reply.NUMBER ? this.#number[0] : VALUES[kind];
    Atomics.store(this.#words, Word.REPLY, Reply.NONE);
    this.#reply = [ToWorker.REPLY, this.#blockedOn, value];
    this.#stall.heard();
    return true;
  }

  #interrupt(error: unknown): void {
    const run = this.#run;
    const ends = {
      thrown: () => {},
      // Others may wait by now, for what never comes.
      missed: () => {
        if (this.#run === run) this.#interrupt(error);
      },
    };
    // Coroutines wait for nothing while this Worker is parked or computing, so the kill is meant for where it parks.
    if (!this.#atYieldPoint && this.#waits.interrupt(error, ends)) return;
    this.#interruptions.push(error);
    if (this.#script && !this.#atYieldPoint) setImmediate(() => this.#throwInLoop());
  }

  /**
   * A script that waits in its loop, for a request, say, has no call in which it could be told. What still runs on has
   * had this turn to come to a yield point; so it ends as by an error that nothing catches.
   */
  #throwInLoop(): void {
    if (this.#interruptions.length > 0) throw this.#interruptions.shift();
  }

  /** It is not closed before it has been thrown: else it stays for the next yield point, as long as its block lasts. */
  #timeOut(timeout: Timeout): void {
    this.#waits.interrupt(timeout.thrown, {
      thrown: () => timeout.close(),
      missed: () => {},
    });
  }

  #handle(message: ToWorker): void {
    if (message[0] !== ToWorker.INSPECT && message[0] !== ToWorker.LOOK_INSIDE) this.#stall.heard();
    switch (message[0]) {
      case ToWorker.RUN: {
        const [, run, thread, url, exportName, args, argv] = message;
        const job = { run, thread, url, exportName, args, argv };
        // Never from inside a wait: what an earlier job left behind may be waiting here, and the job is none of its.
        if (this.#atYieldPoint) {
          this.#nextRun = run;
          queueMicrotask(() => this.#onJob(job));
        } else {
          this.#onJob(job);
        }
        break;
      }
      case ToWorker.KILL:
        if (message[1] === this.#run) this.#interrupt(decodeError(message[2]));
        else if (message[1] === this.#nextRun) this.#early.push(decodeError(message[2]));
        break;
      case ToWorker.KILL_FIBER:
        if (message[1] === this.#run) liveThread(message[2])?.interrupt(decodeError(message[3]));
        break;
      case ToWorker.INSPECT:
        post(this.#port, [ToHub.STACK, message[1], this.#stack(message[2])]);
        break;
      case ToWorker.LOOK_INSIDE:
        post(this.#port, [ToHub.INSIDE, message[1], this.#inside()]);
        break;
      case ToWorker.REPLY:
      case ToWorker.FAIL:
        if (message[1] === this.#blockedOn) this.#reply = message;
        else this.#asyncCalls.answered(message);
    }
  }
}

interface Limit {
  readonly at: number;
  readonly error: () => unknown;
}

/** Of replies that are no messages. */
const VALUES = {
  [Reply.UNDEFINED]: undefined,
  [Reply.NULL]: null,
  [Reply.FALSE]: false,
  [Reply.TRUE]: true,
} as const;

/** Of so many waits a report tells, and of so many fibers. */
const SOME = 3;
const MANY = 1_000;
const NO_LIMIT: Limit = { at: Infinity, error: () => undefined };

/** When the call's own options end it, and with what. */
function limitOf({ timeout, signal, whole }: CallOptions): Limit {
  let limit = NO_LIMIT;
  if (timeout !== undefined) {
    checkMilliseconds(timeout, 'timeout');
    limit = { at: steadyTime() + timeout, error: () => timeoutError(whole ?? timeout) };
  }
  // A signal cannot be aborted while its own heap is parked, unless it is one of AbortSignal.timeout().
  const deadline = signal && signalDeadline(signal);
  if (deadline !== undefined && deadline < limit.at) {
    limit = { at: deadline, error: signalTimeoutError };
  }
  return limit;
}
