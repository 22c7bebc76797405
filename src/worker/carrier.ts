/**
 * The hub's side of one Worker: starts it, hands it jobs, performs its calls, and notices its end.
 *
 * Invariants: a job that was handed over ends exactly once, by what the Worker says or by the Worker's death. What the
 * Worker posted before it died is taken in first. The calls of a run are aborted when the run ends. The process stays
 * alive for a Worker while it runs a job that counts (`ref`), and not for an idle one.
 *
 * Past 400 lines because it is one state machine: every message and the exit move the same few fields.
 */
import { availableParallelism } from 'node:os';
import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
  type ResourceLimits,
} from 'node:worker_threads';
import { contextInUse, type Context } from '../core/async-context.ts';
import { Call } from '../core/call.ts';
import { clock } from '../core/clock.ts';
import { decodeError, encodeError, type EncodedError } from '../core/error-codec.ts';
import { CoppiceError, ExitError } from '../core/errors.ts';
import type { Inside } from '../core/seen.ts';
import { nextGiven } from '../core/returned.ts';
import type { Definition } from '../core/definition.ts';
import { referenceOf } from '../core/handle.ts';
import { isStuck } from '../hub/blockable.ts';
import { noteHeld, watchForDeadlock } from '../hub/deadlock.ts';
import { isPublished } from '../hub/handles.ts';
import type { LocalCore } from '../hub/local-core.ts';
import { callStarted } from '../hub/observe.ts';
import { writeOut } from '../hub/output.ts';
import type { Outcome } from '../hub/thread-core.ts';
import { resolveDefinition } from '../core/resolve-definition.ts';
import { reportStray } from '../hub/unobserved.ts';
import { workerDied } from '../hub/worker-deaths.ts';
import {
  Caller,
  NO_CALL,
  numberIn,
  Reply,
  SETTLED,
  Shared,
  ToHub,
  ToWorker,
  Word,
  type AboutCall,
  type Boot,
  type Terminal,
} from './protocol.ts';
import { CallWords, WORDS } from './call-words.ts';
import { Deliveries, takeBack, type HandedOver } from './deliveries.ts';
import { endedError } from './ended.ts';
import { addCaller, linger, lookAndSleep, removeCaller, shared } from './lookout.ts';
import type { Origin } from './origin.ts';
import { improveCode, sharedCode } from './shared-code.ts';
import { crossing, crossingAll, post, postPayload, read } from './wire.ts';
import { WorkerWaits } from './worker-waits.ts';

/** A job on this side: what is to be run, and who is told how that goes. */
export interface Assignment {
  /** For whom. */
  readonly core: LocalCore;
  readonly url: string;
  readonly exportName: string | undefined;
  readonly args: readonly unknown[];
  readonly argv: readonly string[] | undefined;
  /** Where the thread was made: shown below the stack of what it throws. */
  readonly origin: Origin | undefined;
  /** Runs hub-side work of this job in the async context of the thread's maker. */
  readonly inContext: Context;
  /** The target has no function to call: it runs for its effects. */
  script(): void;
  /** The Worker was dead before it took the job: another one can. */
  lost(): void;
  /** `free`: the Worker has been given back to the pool already. */
  ended(outcome: Outcome, free: boolean): void;
}

export interface CarrierOptions {
  /** May it be given another job after the first? */
  readonly reusable: boolean;
  readonly resourceLimits?: ResourceLimits | undefined;
  /** The Worker can take another job. */
  readonly onIdle: (carrier: Carrier) => void;
  /** The Worker has finished its job and is busy with what that left running. */
  readonly onLinger: (carrier: Carrier) => void;
  /** The Worker is gone. */
  readonly onExit: (carrier: Carrier) => void;
}

/** What of the message of a call comes before its arguments. */
const BEFORE_ARGS = 5;
const BOUNDED: AboutCall = { bounded: true };

/**
 * How long a Worker that is asked for its stack may take, in milliseconds: one that is known to wait, or to have somebody
 * who does, answers as soon as it gets a core; one that is running may never.
 */
const PATIENCE = { waits: 1_000, runs: 200 };

/** How often a Worker that was told to end is woken, in milliseconds. */
const ALARM = 10;

export class Carrier {
  /** When it became idle: for the pool. */
  idleSince = 0;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  readonly #words = new Int32Array(new SharedArrayBuffer(4 * WORDS));
  readonly #number = numberIn(this.#words);
  readonly #callWords = new CallWords(this.#words);
  readonly #place = addCaller(this);
  /** What this Worker calls, by the numbers that it has given to it. */
  readonly #definitions: Pick<Definition, 'name' | 'module'>[] = [];
  readonly #options: CarrierOptions;
  /** What it waits for, and the calls that the hub performs for it. */
  readonly waits: WorkerWaits;
  /** Calls whose definition is still being loaded. */
  readonly #loading = new Map<number, Caller>();
  /** The last result of a blocking call that must not get lost; CALL tells whether the Worker took it. */
  #handedOver: HandedOver | undefined;
  readonly #toCoroutines = new Deliveries(this.#words, Word.TAKEN);
  readonly #toFibers = new Deliveries(this.#words, Word.TAKEN_BY_FIBERS);
  /** What this Worker holds by reference, with how often each was sent. */
  readonly #held = new Map<string, { readonly object: object; count: number }>();
  readonly #questions = new Map<number, (answer: never) => void>();
  #lastQuestion = 0;
  /** How many messages have gone there that may let something go on. */
  #sent = 0;
  /** The job under way. */
  #assignment: Assignment | undefined;
  /** The name of the thread whose job was the last to end. */
  #former: string | undefined;
  #kept = false;
  #run = 0;
  #script = false;
  #doomed = false;
  #alarm: NodeJS.Timeout | undefined;
  #crash: EncodedError | undefined;
  /** What nothing in the Worker caught: anything, `undefined` included. */
  #fatal: { readonly error: unknown } | undefined;

  constructor(options: CarrierOptions) {
    this.#options = options;
    this.waits = new WorkerWaits({
      changed: () => this.#updateRef(),
      kill: (error) => this.interrupt(error),
      killFiber: (id, error) =>
        this.#ring([ToWorker.KILL_FIBER, this.#run, id, encodeError(error)]),
      stack: (fiber) => this.stack(fiber),
    });
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const boot: Boot = {
      port: port2,
      words: this.#words,
      shared,
      place: this.#place,
      cores: availableParallelism(),
      terminals: [undefined, terminal(process.stdout), terminal(process.stderr)],
      code: sharedCode(),
      reusable: options.reusable,
    };
    const { resourceLimits } = options;
    this.#worker = new Worker(new URL('./load.cjs', import.meta.url), {
      workerData: { coppice: boot },
      transferList: [port2],
      ...(resourceLimits ? { resourceLimits } : {}),
    });
    this.#port.on('message', (wire: unknown) => this.#receive(wire));
    this.#port.on('messageerror', (error) => {
      this.#heard();
      this.#unreadable(error);
    });
    this.#port.unref();
    this.#worker.on('error', (error: unknown) => {
      this.#fatal = { error };
    });
    this.#worker.on('exit', (code) => this.#exited(code));
    this.#worker.unref();
  }

  /** Whose job is under way, unless that has been given up already. */
  get core(): LocalCore | undefined {
    const core = this.#assignment?.core;
    return core?.outcome ? undefined : core;
  }

  get reusable(): boolean {
    return this.#options.reusable;
  }

  /** Hands over a job. */
  run(assignment: Assignment): void {
    const { core, url, exportName, args, argv } = assignment;
    const run = ++this.#run;
    this.#assignment = assignment;
    this.#script = argv !== undefined;
    this.#updateRef();
    Atomics.store(this.#words, Word.VIRTUAL_TIME, clock().virtual ? 1 : 0);
    try {
      this.#send(
        [ToWorker.RUN, run, core.id, url, exportName, crossingAll(args), argv],
        args,
        (index) => `Argument ${index + 1} of ${core.name}`,
      );
    } catch (error) {
      // Whoever spawned it stands on no stack any more.
      const origin = assignment.origin?.();
      if (origin !== undefined) (error as Error).stack = `${String(error)}\n${origin}`;
      this.#end({ ok: false, error });
      this.#options.onIdle(this);
    }
  }

  /** Throws `error` in the thread at its next yield point. */
  interrupt(error: unknown): void {
    if (!this.#assignment) return;
    this.#ring([ToWorker.KILL, this.#run, encodeError(error)]);
    // It goes on from here, whatever it was blocked in.
    this.waits.moved();
  }

  /** Where the thread, or a fiber of its, is blocked. `undefined` when it does not say soon, because it is running. */
  stack(fiber?: number): Promise<string | undefined> {
    return this.#ask((question) => [ToWorker.INSPECT, question, fiber], fiber !== undefined);
  }

  /** What is going on there. `undefined` as for `stack`. */
  async inside(): Promise<Inside | undefined> {
    const inside = await this.#ask<Inside>((question) => [ToWorker.LOOK_INSIDE, question]);
    // Of what it waits for here a fiber itself knows no more than the name of the call.
    return inside && { ...inside, fibers: inside.fibers.map((fiber) => this.waits.known(fiber)) };
  }

  #ask<T>(
    messageOf: (question: number) => readonly unknown[],
    waits = (this.waits.pending ?? this.waits.suspected) !== undefined,
  ): Promise<T | undefined> {
    return new Promise((resolve) => {
      const question = ++this.#lastQuestion;
      const timer = setTimeout(() => answer(undefined), waits ? PATIENCE.waits : PATIENCE.runs);
      const answer = (given: T | undefined): void => {
        clearTimeout(timer);
        this.#questions.delete(question);
        resolve(given);
      };
      this.#questions.set(question, answer);
      post(this.#port, messageOf(question));
      this.#doorbell();
    });
  }

  /** Stops the Worker where it is. */
  terminate(): void {
    this.#doomed = true;
    void this.#worker.terminate();
    // V8 looks for the order to stop before it puts a thread to sleep in Atomics.wait, not in between: one that arrives
    // just then is slept through. So the Worker is woken until it is gone.
    this.#alarm ??= setInterval(() => this.#doorbell(), ALARM).unref();
  }

  #heard(): void {
    Atomics.add(this.#words, Word.HEARD, 1);
  }

  /** The Worker may have put a call into its words. */
  takeCall(): void {
    const call = this.#callWords.take();
    // One that was abandoned before anybody heard of it need not begin.
    if (!call || Atomics.load(this.#words, Word.CALL) !== call.number) return;
    this.waits.unstall();
    const limits = call.bounded ? BOUNDED : undefined;
    this.#perform(call.number, Caller.PARKED, call.definition, limits, call.args);
  }

  #receive(wire: unknown): void {
    this.#heard();
    let message: ToHub;
    try {
      message = read(wire);
    } catch (error) {
      this.#unreadable(error);
      return;
    }
    this.#handle(message);
  }

  #handle(message: ToHub): void {
    switch (message[0]) {
      case ToHub.CALL:
        this.waits.unstall();
        this.#perform(
          message[1],
          message[2],
          message[3],
          message[4] === 0 ? undefined : message[4],
          message.slice(BEFORE_ARGS),
        );
        break;
      case ToHub.LOOK:
        lookAndSleep();
        break;
      case ToHub.DEFINITION:
        this.#definitions[message[1]] = { name: message[2], module: message[3] };
        break;
      case ToHub.ABORT:
        this.waits.unstall();
        this.#abort(message[1], decodeError(message[2]));
        break;
      case ToHub.WRITE:
        this.#write(message[1], message[2]);
        break;
      case ToHub.SCRIPT:
        this.#script = true;
        this.#assignment?.script();
        break;
      case ToHub.DONE:
        this.#end({ ok: true, value: message[3] }, message[2]);
        break;
      case ToHub.THREW:
        this.#end(
          { ok: false, error: decodeError(message[3], this.#assignment?.origin?.()) },
          message[2],
        );
        break;
      case ToHub.IDLE:
        // One that was told to die can still say that it is idle, and must not be given a job to die in.
        if (message[1] === this.#run && !this.#assignment && !this.#doomed)
          this.#options.onIdle(this);
        break;
      case ToHub.LINGERS:
        if (message[1] === this.#run && !this.#assignment) this.#options.onLinger(this);
        break;
      case ToHub.CRASHED:
        this.#crash = message[1];
        break;
      case ToHub.DROPPED:
        this.#drop(message[1], message[2]);
        break;
      case ToHub.REFUSED:
        this.#toFibers.refused(message[1]);
        break;
      case ToHub.FIBER:
        if (this.#assignment)
          this.waits.addFiber(message[1], message[2], this.#assignment.core.thread);
        break;
      case ToHub.FIBER_ENDED:
        this.waits.endFiber(message[1]);
        break;
      case ToHub.STALLED:
        this.#stalled(message);
        break;
      case ToHub.CODE:
        improveCode(message[1]);
        break;
      case ToHub.STACK:
      case ToHub.INSIDE:
        this.#questions.get(message[1])?.(message[2] as never);
    }
  }

  #stalled([, run, heard, what, fibers]: Extract<ToHub, { 0: typeof ToHub.STALLED }>): void {
    // What has been sent meanwhile may let it go on; if not, it says so again.
    if (!this.#assignment || run !== this.#run || heard !== this.#sent) return;
    this.waits.stall(what, fibers, this.#assignment.core.thread);
    watchForDeadlock();
    noteHeld();
  }

  #perform(
    number: number,
    caller: Caller,
    what: number,
    limits: AboutCall | undefined,
    args: unknown[],
  ): void {
    const assignment = this.#assignment;
    if (!assignment) {
      // What a finished run left behind. It waits for an answer all the same.
      this.#replyError(number, caller, endedError());
      return;
    }
    const { core } = assignment;
    const { name, module } = this.#definitions[what] as Pick<Definition, 'name' | 'module'>;
    const fiber = limits?.fiber;
    const begin = (definition: Definition): void => {
      const call: Call = new Call(
        definition,
        args,
        core.thread,
        {
          wake: (value) => this.#reply(number, caller, call, value),
          fail: (error) => this.#replyError(number, caller, error),
        },
        limits,
        this.waits.fiber(fiber),
      );
      callStarted(core.thread, name);
      if (contextInUse()) assignment.inContext(() => call.start());
      else call.start();
      // Most calls are answered by now.
      if (call.settled) return;
      if (this.#assignment !== assignment) {
        call.abort(endedError());
        return;
      }
      const { bounded = false, open = false } = limits ?? {};
      this.waits.begin(number, { call, caller, fiber, bounded, open });
      if (caller === Caller.PARKED) this.#block(number);
    };
    const definition = resolveDefinition(name, module);
    if (!(definition instanceof Promise)) {
      begin(definition);
      return;
    }
    this.#loading.set(number, caller);
    const still = (): boolean => this.#loading.delete(number);
    definition.then(
      (loaded) => still() && begin(loaded),
      (error: unknown) => still() && this.#replyError(number, caller, error),
    );
  }

  /** The thread is parked in this call now. What only this program can complete must not keep the process alive. */
  #block(number: number): void {
    this.waits.park(number);
    if (isStuck(this.waits.pending)) watchForDeadlock();
  }

  #updateRef(): void {
    const keep = this.#assignment?.core.ref === true && !isStuck(this.waits.pending);
    if (keep === this.#kept) return;
    this.#kept = keep;
    if (keep) this.#worker.ref();
    else this.#worker.unref();
  }

  #abort(number: number, reason: unknown): void {
    const caller = this.#loading.get(number);
    if (caller === undefined) {
      this.waits.abort(number, reason);
    } else {
      // Its definition is not there yet, so nothing has begun, and nothing will.
      this.#loading.delete(number);
      this.#replyError(number, caller, reason);
    }
  }

  /** @returns did the Worker take the value? */
  #reply(number: number, caller: Caller, call: Call, value: unknown): boolean {
    const { definition } = call;
    const blocking = caller === Caller.PARKED;
    this.waits.end(number);
    if (blocking && !this.#claim(number)) {
      definition.discard?.(value, call);
      return false;
    }
    const deliveries = caller === Caller.FIBER ? this.#toFibers : this.#toCoroutines;
    const handedOver = { number, given: nextGiven(), call, value };
    if (blocking) this.#handedOver = handedOver;
    else deliveries.forgetTaken();
    const kind = blocking ? kindOf(value) : Reply.NONE;
    if (kind !== Reply.NONE) {
      this.#replyInWords(kind, value);
      return true;
    }
    try {
      this.#send(
        [ToWorker.REPLY, number, crossing(value)],
        [value],
        () => `The result of ${definition.name}()`,
      );
      if (blocking) linger();
      else deliveries.add(handedOver);
      return true;
    } catch (error) {
      this.#fail(number, blocking, error);
      return false;
    }
  }

  /** See protocol.ts for the order. */
  #replyInWords(kind: Reply, value: unknown): void {
    if (kind === Reply.NUMBER) this.#number[0] = value as number;
    Atomics.store(this.#words, Word.REPLY, kind);
    this.#countAwake();
    this.#posted();
    linger();
  }

  /** It counts from here on, and not only once it has a core: those who look whether one is idle must know. */
  #countAwake(): void {
    if (Atomics.exchange(this.#words, Word.AWAKE, 1) === 0) Atomics.add(shared, Shared.AWAKE, 1);
  }

  #replyError(number: number, caller: Caller, error: unknown): void {
    const blocking = caller === Caller.PARKED;
    this.waits.end(number);
    if (!blocking || this.#claim(number)) this.#fail(number, blocking, error);
  }

  #fail(number: number, blocking: boolean, error: unknown): void {
    // The result before this one was taken, or there would be no call to answer.
    if (blocking) this.#handedOver = undefined;
    this.#ring([ToWorker.FAIL, number, encodeError(error)]);
  }

  /** See protocol.ts: decides whether the hub or the Worker settles the call. */
  #claim(number: number): boolean {
    return Atomics.compareExchange(this.#words, Word.CALL, number, SETTLED) === number;
  }

  /**
   * Something arrived that cannot be deserialized here. When a blocking call is under way it is that one; else it was
   * the end of the job or a coroutine's call, and the job cannot go on without it.
   */
  #unreadable(error: unknown): void {
    const number = Atomics.load(this.#words, Word.CALL);
    if (number !== NO_CALL && number !== SETTLED && !this.waits.has(number)) {
      this.#replyError(number, Caller.PARKED, error);
    } else {
      this.terminate();
      this.#end({ ok: false, error });
    }
  }

  #write(fd: 1 | 2, chunk: Uint8Array): void {
    const { byteLength } = chunk;
    writeOut(fd, chunk, () => {
      Atomics.add(this.#words, Word.WRITTEN, byteLength);
      if (Atomics.exchange(this.#words, Word.WRITE_WAITING, 0) === 1) this.#doorbell();
    });
  }

  #send(
    message: readonly unknown[],
    values: readonly unknown[],
    nameOf: (index: number) => string,
  ): void {
    const crossed = postPayload(this.#port, message, { values, nameOf });
    for (const object of crossed) this.#hold(object);
    this.#posted();
  }

  #ring(message: readonly unknown[]): void {
    post(this.#port, message);
    this.#posted();
  }

  #posted(): void {
    this.#sent = (this.#sent + 1) | 0;
    this.waits.unstall();
    this.#doorbell();
  }

  #doorbell(): void {
    Atomics.add(this.#words, Word.DOORBELL, 1);
    Atomics.notify(this.#words, Word.DOORBELL);
  }

  #hold(object: object): void {
    const reference = referenceOf(object);
    if (!isPublished(reference)) return;
    const held = this.#held.get(reference);
    if (held) held.count++;
    else this.#held.set(reference, { object, count: 1 });
  }

  #drop(reference: string, receipts: number): void {
    const held = this.#held.get(reference);
    if (held && (held.count -= receipts) <= 0) this.#held.delete(reference);
  }

  /** The run is over: what the hub had handed over and nobody took goes back. */
  #passOn(): void {
    this.#toCoroutines.passOn();
    this.#toFibers.passOn();
  }

  #end(outcome: Outcome, idle = false): void {
    const assignment = this.#assignment;
    this.#assignment = undefined;
    this.waits.clear(endedError);
    // One that was told to die may be in the middle of its run, and takes on until it is gone.
    if (!this.#doomed) this.#passOn();
    if (this.#loading.size > 0) this.#loading.clear();
    this.#former = assignment?.core.name;
    // First, so that whoever goes on from the end, and spawns again, finds this Worker free.
    const free = idle && assignment !== undefined && !this.#doomed;
    if (free) this.#options.onIdle(this);
    // Only now, since it may have taken the next job already.
    this.#updateRef();
    assignment?.ended(outcome, free);
  }

  #exited(code: number): void {
    this.takeCall();
    for (let got = receiveMessageOnPort(this.#port); got; got = receiveMessageOnPort(this.#port)) {
      this.#receive(got.message);
    }
    clearInterval(this.#alarm);
    this.#port.close();
    removeCaller(this.#place);
    // It may have died just before it would have said that there is a call of somebody's.
    lookAndSleep();
    // A Worker that died awake can no longer take itself off the count.
    if (Atomics.load(this.#words, Word.AWAKE) === 1) Atomics.sub(shared, Shared.AWAKE, 1);
    if (Atomics.load(this.#words, Word.CALL) === SETTLED && this.#handedOver)
      takeBack(this.#handedOver);
    this.#passOn();
    const assignment = this.#assignment;
    if (assignment) {
      workerDied(assignment.core.id);
      this.#endOrphan(assignment, code);
    } else if (this.#fatal) reportStray(this.#former, this.#fatalError(this.#fatal.error));
    this.#held.clear();
    this.#options.onExit(this);
  }

  #endOrphan(assignment: Assignment, code: number): void {
    // The Worker stores RUN before it does anything of a job, and 'exit' comes after its thread is gone: the word is final.
    // It died between two jobs, of what the former left behind: the latter never reached it, and is no worse for it.
    if (this.#run > 1 && Atomics.load(this.#words, Word.RUN) !== this.#run && !this.#doomed) {
      this.#assignment = undefined;
      if (this.#fatal) reportStray(this.#former, this.#fatalError(this.#fatal.error));
      assignment.lost();
    } else {
      this.#end(this.#lastWords(code));
    }
  }

  /** How a job ended whose Worker is gone without having said so. */
  #lastWords(code: number): Outcome {
    const fatal = this.#fatal;
    if (
      (fatal?.error as { code?: unknown } | null | undefined)?.code === 'ERR_WORKER_OUT_OF_MEMORY'
    ) {
      const message = `The green thread ${this.#assignment?.core.name} ran out of memory. Give it more with resourceLimits, or let it hold less.`;
      return {
        ok: false,
        error: new CoppiceError('ERR_COPPICE_OUT_OF_MEMORY', message, { cause: fatal?.error }),
      };
    }
    if (fatal) return { ok: false, error: this.#fatalError(fatal.error) };
    if (this.#script && code === 0) return { ok: true, value: undefined };
    return { ok: false, error: new ExitError(code) };
  }

  /** What the Worker died of, whole if it could still say so. */
  #fatalError(fatal: unknown): unknown {
    return this.#crash ? decodeError(this.#crash, this.#assignment?.origin?.()) : fatal;
  }
}

/** How this value is replied without a message, if it can be. */
function kindOf(value: unknown): Reply {
  if (value === undefined) return Reply.UNDEFINED;
  if (value === null) return Reply.NULL;
  if (typeof value === 'number') return Reply.NUMBER;
  if (typeof value === 'boolean') return value ? Reply.TRUE : Reply.FALSE;
  return Reply.NONE;
}

function terminal(stream: NodeJS.WriteStream): Terminal | undefined {
  if (!stream.isTTY) return undefined;
  return { columns: stream.columns, rows: stream.rows, colorDepth: stream.getColorDepth() };
}
