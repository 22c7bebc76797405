/**
 * Who waits in this Worker without parking it: its coroutines, among them the async code of its job, and its fibers.
 *
 * A kill or a timeout of the job's thread that comes while the Worker is not parked is sent to all coroutines that wait,
 * since nobody can say which of them the thread stands in. Invariants: whoever throws it first takes it; when the results
 * of all these waits crossed it, it was missed, and whoever sent it hears so and still has it. What ends a fiber's wait
 * is the fiber's own affair.
 */
import { ambientWait, anyOf } from '../core/ambient.ts';
import { capturedSparingly, placeOf } from '../core/awaited.ts';
import type { Definition } from '../core/definition.ts';
import { heap, type CallOptions, type Standing } from '../core/heap.ts';
import { signalDeadline } from '../core/signal-deadline.ts';
import { taskOf, type Task, type TaskWait } from '../core/task.ts';
import { userFramesOf } from '../core/user-frames.ts';
import type { Stall } from './stall.ts';

/** What becomes of a kill or a timeout that was sent to coroutines. */
export interface Ends {
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

/** What is known of a wait, for reports. */
interface CoroutineWait {
  /** In words. */
  readonly what: string;
  readonly options: CallOptions;
  /** The user's frames there. */
  readonly frames: string;
}

/** A wait, while it lasts. */
interface Entered {
  readonly signal: AbortSignal | undefined;
  /** To be called before its caller goes on, with what is thrown in it, if something is. */
  ended(error?: unknown): void;
}

/** What is due in the job's thread. */
export interface Due {
  /** Throws it. */
  check(): void;
  /** Sends it to this wait. */
  sendTo(controller: AbortController): void;
}

export class CoroutineWaits {
  readonly #stall: Stall;
  readonly #due: Due;
  readonly #waits = new Map<AbortController, CoroutineWait>();
  readonly #sent = new WeakMap<AbortController, Interruption>();
  /** How many fibers that are green threads of their own wait for the hub. */
  #fibers = 0;
  /** Counts the runs that have ended. */
  #ended = 0;

  constructor(stall: Stall, due: Due) {
    this.#stall = stall;
    this.#due = due;
  }

  /** How many there are. */
  get size(): number {
    return this.#waits.size + this.#fibers;
  }

  /** Will time limits of their own end some? Those of fibers are not known here. */
  get bounded(): boolean {
    return [...this.#waits.values()].some(
      ({ options: { signal } }) => ((signal && signalDeadline(signal)) ?? Infinity) < Infinity,
    );
  }

  /** What coroutines have called, each once. */
  get names(): string[] {
    return [...new Set([...this.#waits.values()].map(({ what }) => what))];
  }

  /** The user's frames where one of the coroutines waits. */
  stack(): string {
    for (const { frames } of this.#waits.values()) if (frames !== '') return frames;
    return '';
  }

  /** Else the next run's kill would go to those, which nobody awaits any more. */
  endRun(): void {
    this.#ended++;
    // To clear it makes a new table, also for an empty one.
    if (this.#waits.size > 0) this.#waits.clear();
    this.#fibers = 0;
  }

  /** Lets a coroutine wait in a way that a kill can reach: `begin` is given a signal that is aborted by it. */
  async interruptible(
    { name }: Definition,
    options: CallOptions,
    begin: (options: CallOptions) => Promise<unknown>,
  ): Promise<unknown> {
    const thread = heap.ownFiber() as object | undefined;
    const { signal, ended } = thread
      ? this.#enterTask(name, options, taskOf(thread))
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
    this.#due.check();
    const ambient = ambientWait();
    const place = new Error('here');
    const { signal, ended } = this.#register(new AbortController(), {
      what: `${name}()`,
      options,
      get frames() {
        return userFramesOf(place);
      },
    });
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
    this.#waits.set(controller, wait);
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
        this.#waits.delete(controller);
        this.#stall.update();
      },
    };
  }

  /** As `#enter`, for an async function that is a green thread of its own: what is thrown in this Worker's is none of its. */
  #enterTask(name: string, { signal }: CallOptions, task: Task): Entered {
    task.check();
    const ambient = ambientWait();
    const leave = this.enterFiber();
    const at = capturedSparingly(heap.way.performAsync);
    const controller = new AbortController();
    const wait: TaskWait = {
      what: `${name}()`,
      target: undefined,
      bounded: signal !== undefined && signalDeadline(signal) !== undefined,
      open: true,
      get place() {
        return at && placeOf(at);
      },
      abort: (error) => controller.abort(error),
    };
    task.enter(wait);
    return {
      signal: anyOf([controller.signal, signal, ...ambient.signals]),
      ended: (error) => {
        task.leave(wait);
        if (error !== undefined) ambient.ended(error);
        leave();
      },
    };
  }

  /** A fiber waits for the hub. @returns what tells that it does not any more. */
  enterFiber(): () => void {
    this.#fibers++;
    this.#stall.moved();
    this.#stall.update();
    const before = this.#ended;
    return () => {
      if (before === this.#ended) this.#fibers--;
      this.#stall.update();
    };
  }

  /**
   * What ends the job's thread is thrown in this fiber as well, from now on: it runs a stretch of the job's async code.
   *
   * @param interrupt calls `thrown` when it has come to throw the error.
   * @returns what tells that the fiber has ended.
   */
  accompany(
    interrupt: (error: unknown, thrown: () => void) => void,
    standing: Standing,
  ): () => void {
    const wait = waitOf(standing);
    let entered: Entered;
    const enter = (): void => {
      const controller = new AbortController();
      const { signal } = controller;
      const present = (entered = this.#register(controller, wait));
      const abort = (): void =>
        interrupt(signal.reason, () => {
          present.ended(signal.reason);
          enter();
        });
      signal.addEventListener('abort', abort, { once: true });
      this.#due.sendTo(controller);
    };
    enter();
    return () => entered.ended();
  }

  /** Throws the error wherever a coroutine waits. @returns was there any? */
  interrupt(error: unknown, ends: Ends): boolean {
    const waits = [...this.#waits.keys()].filter(({ signal }) => !signal.aborted);
    this.send(error, waits, ends);
    return waits.length > 0;
  }

  send(error: unknown, waits: readonly AbortController[], { thrown, missed }: Ends): void {
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
}

/** Async code that a fiber runs waits where that fiber does. */
const waitOf = (standing: Standing): CoroutineWait => ({
  get what() {
    return standing.what ?? 'a fiber';
  },
  options: {},
  get frames() {
    return standing.frames ?? '';
  },
});
