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
import { linkAbort, unlinkAbort } from '../core/abort-links.ts';
import { ambientWait, anyOf } from '../core/ambient.ts';
import { decodeError, encodeError, framesHere } from '../core/error-codec.ts';
import type { Definition } from '../core/definition.ts';
import { checkMilliseconds } from '../core/errors.ts';
import { heap, type CallOptions } from '../core/heap.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import { liveThread, liveThreads } from '../hub/registry.ts';
import { Spin } from '../core/spin.ts';
import { steadyTime } from '../core/steady-time.ts';
import { timeoutError, type Timeout, type TimeoutScope } from '../core/timeout.ts';
import { signalDeadline, signalTimeoutError } from '../core/signal-deadline.ts';
import { userFrames, userFramesOf } from '../core/user-frames.ts';
import { ASKED, type Cancel, type Waker } from '../core/wait.ts';
import { endedError } from './ended.ts';
import { HubWait, type Delivery } from './hub-wait.ts';
import {
  Caller,
  NO_CALL,
  numberIn,
  Reply,
  Shared,
  ToHub,
  ToWorker,
  Word,
  type AboutCall,
  type Boot,
  type Job,
} from './protocol.ts';
import { takeWhileResting } from './rest.ts';
import { Stall } from './stall.ts';
import { crossingAll, post, postPayload, read } from './wire.ts';
import { WorkerTimeouts } from './worker-timeouts.ts';

/** How many looks at the doorbell pay at most: some tens of microseconds. */
const MOST_LOOKS = 32_768;
const LEAST_LOOKS = 64;
const PROBE = 128;

/** Who waits for the hub without parking. */
interface Waiting {
  readonly waker: Waker<unknown>;
  /** A fiber's. */
  readonly wait?: HubWait;
  /** Will a time limit of the fiber's own end it? */
  readonly limited?: boolean;
}

/** What becomes of a kill or a timeout that was sent to coroutines. */
interface Ends {
  /** It has been thrown in one. */
  thrown(): void;
  /** The results of all waits crossed it, and nobody has thrown it. */
  missed(): void;
}

/** It is on its way. */
interface Interruption extends Ends {
  readonly error: unknown;
  /** Waits that it was sent to and that have not ended. */
  waits: number;
}

/** What is known of a wait of this Worker's coroutines, for reports. */
interface CoroutineWait {
  /** Of what they called. */
  readonly name: string;
  readonly options: CallOptions;
  /** Made where they did. */
  readonly place: Error | undefined;
}

/** A wait of this Worker's coroutines, while it lasts. */
interface Entered {
  readonly signal: AbortSignal | undefined;
  /** To be called before its caller goes on, with what is thrown in it, if something is. */
  ended(error?: unknown): void;
}

export class Parker {
  readonly timeouts = new WorkerTimeouts((timeout) => this.#timeOut(timeout));
  readonly #port: MessagePort;
  readonly #words: Int32Array;
  readonly #number: Float64Array;
  /** What the hub knows definitions by. */
  readonly #definitions = new Map<Definition, number>();
  readonly #shared: Int32Array;
  readonly #cores: number;
  readonly #onJob: (job: Job) => void;
  /** Ends the job by an error that it can be told of nowhere else. */
  readonly #onDeadEnd: (error: unknown) => void;
  /** The fibers whom the hub knows. */
  readonly #known = new Set<number>();
  readonly #waiting = new Map<number, Waiting>();
  /** How many promises have been resolved whose code has not gone on yet. */
  #resolved = 0;
  /** What fibers were woken with, from the oldest on that has not gone on. */
  readonly #delivered: Delivery[] = [];
  #interruptions: unknown[] = [];
  #lastCall = 0;
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
  readonly #stall: Stall;
  #rests = false;
  #atYieldPoint = false;
  readonly #coroutineWaits = new Map<AbortController, CoroutineWait>();
  /** How many fibers that are green threads of their own wait for the hub. */
  #fiberWaits = 0;
  readonly #sent = new WeakMap<AbortController, Interruption>();
  readonly #spin = new Spin(MOST_LOOKS, LEAST_LOOKS, PROBE);

  constructor(boot: Boot, onJob: (job: Job) => void, onDeadEnd: (error: unknown) => void) {
    this.#port = boot.port;
    this.#words = boot.words;
    this.#number = numberIn(boot.words);
    this.#shared = boot.shared;
    this.#cores = boot.cores;
    this.#onJob = onJob;
    this.#onDeadEnd = onDeadEnd;
    this.#stall = new Stall(this.#port, {
      keepsLoop: () => this.#ownsLoop || this.#waits > 0,
      waits: () => this.#run !== 0 && ((this.#ownsLoop && this.#async) || this.#waits > 0),
      stalled: (heard) => this.#stalled(heard),
    });
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

  /** The fiber that calls, made known to the hub where it matters to the call. */
  #caller({ owned }: Definition): number | undefined {
    const thread = heap.ownFiber() as GreenThread | undefined;
    if (!thread) return undefined;
    const { id, name } = thread;
    if (owned && !this.#known.has(id)) {
      this.#known.add(id);
      post(this.#port, [ToHub.FIBER, id, name]);
      thread.rawLink(() => {
        if (this.#known.delete(id)) post(this.#port, [ToHub.FIBER_ENDED, id]);
      });
    }
    return id;
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
    this.#setAwake(1);
  }

  /** Ends the run: what its coroutines still wait for never comes, and what a fiber was woken with stays its own. */
  endRun(): void {
    this.#run = 0;
    // To clear them makes new tables, also for empty ones.
    if (this.#waiting.size > 0) this.#waiting.clear();
    if (this.#known.size > 0) this.#known.clear();
    if (this.#resolved > 0) this.#countTaken();
    for (const delivery of this.#delivered) delivery.over = true;
    Atomics.add(this.#words, Word.TAKEN_BY_FIBERS, this.#delivered.splice(0).length);
    // Else the next run's kill would go to those, which nobody awaits any more.
    if (this.#coroutineWaits.size > 0) this.#coroutineWaits.clear();
    this.#fiberWaits = 0;
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
    this.#wait(() => false, limitOf(options), until);
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
    const call = this.#nextCall();
    const fiber = this.#caller(definition);
    const about = bounded || fiber !== undefined ? { bounded, fiber } : 0;
    const number = this.#numberOf(definition);
    Atomics.store(this.#words, Word.CALL, call);
    this.#blockedOn = call;
    try {
      // Refused (not cloneable) or done, the word is only left behind: no other call can be mistaken for this one.
      postPayload(
        this.#port,
        callMessage(call, Caller.PARKED, number, about, args),
        argumentsOf(definition, args),
      );
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

  /**
   * Lets a coroutine of this Worker wait in a way that a kill can reach: `begin` is given a signal that is aborted by it.
   */
  async interruptible(
    { name }: Definition,
    options: CallOptions,
    begin: (options: CallOptions) => Promise<unknown>,
  ): Promise<unknown> {
    const { signal, ended } = heap.ownFiber()
      ? this.#enterTask(options)
      : this.#enter(name, options);
    let thrown: unknown;
    try {
      return await begin({ ...options, signal });
    } catch (error) {
      thrown = error;
      throw error;
    } finally {
      ended(thrown);
    }
  }

  #enter(name: string, options: CallOptions): Entered {
    this.check();
    const ambient = ambientWait();
    const place = new Error('here');
    const { signal, ended } = this.#register(new AbortController(), { name, options, place });
    return {
      signal: anyOf([signal, options.signal, ...ambient.signals]),
      ended: (error) => {
        if (error !== undefined) ambient.ended(error);
        ended(error);
      },
    };
  }

  /** From now on what is thrown in this Worker's own thread aborts the controller. */
  #register(controller: AbortController, wait: CoroutineWait): Entered {
    this.#coroutineWaits.set(controller, wait);
    this.#stall.moved();
    this.#stall.update();
    return {
      signal: controller.signal,
      ended: (error) => {
        const sent = this.#sent.get(controller);
        if (sent) {
          if (error === sent.error) sent.thrown();
          if (--sent.waits === 0) sent.missed();
        }
        this.#coroutineWaits.delete(controller);
        this.#stall.update();
      },
    };
  }

  /** As `#enter`, for an async function that is a green thread of its own: what is thrown in this Worker's is none of its. */
  #enterTask({ signal }: CallOptions): Entered {
    const ambient = ambientWait();
    const leave = this.#enterFiber();
    return {
      signal: anyOf([signal, ...ambient.signals]),
      ended: (error) => {
        if (error !== undefined) ambient.ended(error);
        leave();
      },
    };
  }

  /** A fiber waits for the hub. What ends its wait is the fiber's affair. */
  #enterFiber(): () => void {
    this.#fiberWaits++;
    this.#stall.moved();
    this.#stall.update();
    const run = this.#run;
    return () => {
      if (run === this.#run) this.#fiberWaits--;
      this.#stall.update();
    };
  }

  /**
   * What ends the job's thread is thrown in this fiber as well, from now on: it runs a stretch of the job's async code.
   *
   * @param interrupt calls `thrown` when it has come to throw the error.
   * @returns what tells that the fiber has ended.
   */
  accompany(interrupt: (error: unknown, thrown: () => void) => void): () => void {
    let entered: Entered;
    const enter = (): void => {
      const controller = new AbortController();
      const { signal } = controller;
      const present = (entered = this.#register(controller, ACCOMPANIED));
      const abort = (): void =>
        interrupt(signal.reason, () => {
          present.ended(signal.reason);
          enter();
        });
      signal.addEventListener('abort', abort, { once: true });
      this.#listen();
      if (this.#interruptions.length > 0) this.#interruptOne(controller);
      else if ((this.timeouts.next?.deadline ?? Infinity) <= steadyTime())
        this.#timeOut(this.timeouts.next as Timeout);
    };
    enter();
    return () => entered.ended();
  }

  /** Throws the oldest interruption there. */
  #interruptOne(controller: AbortController): void {
    const error = this.#interruptions.shift();
    this.#send(error, [controller], {
      thrown: () => {},
      missed: () => void this.#interruptions.unshift(error),
    });
  }

  /** How many coroutines and fibers wait. Only they keep a loop that is not this Worker's any more. */
  get #waits(): number {
    return this.#coroutineWaits.size + this.#fiberWaits;
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
    if (this.#waits === 0 && (this.#interruptions.length > 0 || (limit && limit.deadline <= now))) {
      const error = this.#interruptions.length > 0 ? this.#interruptions.shift() : limit?.thrown;
      this.#onDeadEnd(error);
      return true;
    }
    const fibers = [...liveThreads()].filter(({ pending }) => pending !== undefined);
    const waits = [...this.#coroutineWaits.values()];
    const ends = (at: number | undefined): boolean => at !== undefined && at < Infinity;
    if (
      (limit && limit.deadline > now && ends(limit.deadline)) ||
      fibers.some(({ pending }) => pending?.bounded) ||
      waits.some(({ options: { signal } }) => ends(signal && signalDeadline(signal)))
    )
      return false;
    const names = [...new Set(waits.map(({ name }) => `${name}()`))];
    post(this.#port, [
      ToHub.STALLED,
      this.#run,
      heard,
      names.length > 0 ? names.slice(0, SOME).join(' and ') : undefined,
      fibers
        .slice(0, MANY)
        .map(({ id, name, pending }) => [id, name, pending?.what, pending?.since]),
    ]);
    return true;
  }

  /** Where the thread, or this fiber, stands. */
  #stack(fiber: number | undefined): string {
    if (fiber !== undefined) return (liveThread(fiber)?.stack() as string | undefined) ?? '';
    const here = userFrames();
    if (here !== '') return here;
    const place = [...this.#coroutineWaits.values()].find((wait) => wait.place)?.place;
    return place ? userFramesOf(place) : '';
  }

  /** From here on the loop is the main program's, and a place where a kill can reach it. */
  becomeScript(): void {
    this.#script = true;
    this.releaseLoop();
  }

  /** Performs a call at the hub for a coroutine of this Worker. */
  callAsync(definition: Definition, args: unknown[], options: CallOptions): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#begin(definition, args, options, { waker: { wake: resolve, fail: reject } });
    });
  }

  /** The wait of a fiber of this Worker for a call that the hub performs. */
  suspend(definition: Definition, args: unknown[], given: CallOptions): HubWait {
    const begin = (wait: HubWait, waker: Waker<unknown>): Cancel => {
      const ended = this.#enterFiber();
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
    const call = this.#nextCall();
    const number = this.#numberOf(definition);
    const caller = wait ? Caller.FIBER : Caller.COROUTINE;
    const fiber = this.#caller(definition);
    const bounded =
      (wait && (limited || (signal && signalDeadline(signal) !== undefined))) === true;
    const about =
      bounded || timeout !== undefined || fiber !== undefined ? { timeout, bounded, fiber } : 0;
    postPayload(
      this.#port,
      callMessage(call, caller, number, about, args),
      argumentsOf(definition, args),
    );
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

  /** For a call that the hub answers in the turn in which it comes. */
  #waitForReply(): void {
    for (;;) {
      const rung = this.#listen();
      if (this.#reply) return;
      this.#park(rung, Infinity);
    }
  }

  /** The number by which the hub knows this definition; told to it when it is first needed. */
  #numberOf(definition: Definition): number {
    let number = this.#definitions.get(definition);
    if (number === undefined) {
      const { name, module } = definition;
      number = this.#definitions.size;
      this.#definitions.set(definition, number);
      post(this.#port, [ToHub.DEFINITION, number, name, module]);
    }
    return number;
  }

  /** @throws CoppiceError when no job is under way: else the next one's thread would pass for the caller. */
  #nextCall(): number {
    if (this.#run === 0) throw endedError();
    // Positive 31-bit numbers, round and round: never equal to NO_CALL or SETTLED.
    this.#lastCall = this.#lastCall === 0x7fffffff ? 1 : this.#lastCall + 1;
    return this.#lastCall;
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
    if (this.#blockedOn !== NO_CALL)
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
   * Looks at the doorbell for a short while before parking. Not when more threads are awake than there are cores (the
   * hub counts as one), since then it would only keep the hub from working.
   */
  #spinUntil(rung: number): boolean {
    if (this.#blockedOn === NO_CALL || Atomics.load(this.#shared, Shared.AWAKE) + 1 > this.#cores)
      return false;
    return this.#spin.until(() => Atomics.load(this.#words, Word.DOORBELL) !== rung);
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
    if (!this.#atYieldPoint && this.#interruptCoroutines(error, ends)) return;
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
    this.#interruptCoroutines(timeout.thrown, {
      thrown: () => timeout.close(),
      missed: () => {},
    });
  }

  /** @returns was there any that waits? */
  #interruptCoroutines(error: unknown, ends: Ends): boolean {
    const waits = [...this.#coroutineWaits.keys()].filter(({ signal }) => !signal.aborted);
    this.#send(error, waits, ends);
    return waits.length > 0;
  }

  #send(error: unknown, waits: readonly AbortController[], { thrown, missed }: Ends): void {
    let done = false;
    const sent: Interruption = {
      error,
      waits: waits.length,
      thrown: () => {
        done = true;
        thrown();
      },
      missed: () => {
        if (!done) missed();
      },
    };
    for (const controller of waits) this.#sent.set(controller, sent);
    for (const controller of waits) controller.abort(error);
  }

  #handle(message: ToWorker): void {
    if (message[0] !== ToWorker.INSPECT) this.#stall.heard();
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
      case ToWorker.REPLY:
      case ToWorker.FAIL: {
        const call = message[1];
        if (call === this.#blockedOn) {
          this.#reply = message;
          break;
        }
        const waiting = this.#waiting.get(call);
        if (!waiting) break; // for a run that is over
        this.#waiting.delete(call);
        if (message[0] === ToWorker.FAIL) {
          waiting.waker.fail(decodeError(message[2]));
          break;
        }
        this.#deliver(call, waiting, message[2]);
      }
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

function callMessage(
  call: number,
  caller: Caller,
  definition: number,
  about: AboutCall | 0,
  args: readonly unknown[],
): readonly unknown[] {
  return [ToHub.CALL, call, caller, definition, about, ...crossingAll(args)];
}

/** Async code that a fiber runs waits where that fiber does. */
const ACCOMPANIED: CoroutineWait = { name: 'fiber', options: {}, place: undefined };
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

function argumentsOf({ name, isMethod = false }: Definition, args: readonly unknown[]) {
  const first = isMethod ? 0 : 1;
  return { values: args, nameOf: (index: number) => `Argument ${index + first} of ${name}()` };
}
