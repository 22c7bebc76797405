/**
 * An async function that runs as a green thread of this heap: what it waits for, and how it is ended.
 *
 * Nobody can see what it awaits, only which waits of this package have been begun in its name and have not ended. So a
 * kill or a timeout is thrown in all of these, as in the coroutines of a Worker; the thread then ends when the function
 * does, once its `finally` blocks have run. Of one that waits for nothing here the thread ends at once, and the function
 * hears of it in its next wait.
 *
 * Invariants: what ends it is thrown once, so that what a `finally` waits for goes through; its account of a wait is the
 * same object until one begins or ends.
 */
import type { WaitTarget } from './wait.ts';

/** One of its waits. */
export interface TaskWait {
  /** In words. */
  readonly what: string;
  readonly target: WaitTarget | undefined;
  /** Will it end by itself? */
  readonly bounded: boolean;
  /** May something else let the code go on, or end the wait? */
  readonly open: boolean;
  /** The frames of the user's code where it is awaited, as far as they are known. */
  readonly place: string | undefined;
  /** Throws the error there. */
  abort(reason: unknown): void;
}

/** Grows whenever code has run up to an `await`, as long as anybody asks. */
let stretch = 0;
let counting = false;

function presentStretch(): number {
  if (!counting) {
    counting = true;
    // Queued before whatever the present code is about to await, and so done before it goes on.
    queueMicrotask(() => {
      counting = false;
      stretch++;
    });
  }
  return stretch;
}

/** All of them together. */
export interface TaskPending {
  readonly what: string;
  readonly target: undefined;
  readonly ways: readonly (WaitTarget | undefined)[];
  readonly bounded: boolean;
  readonly open: boolean;
  readonly since: number;
}

export class Task {
  /** With the time when each began, in milliseconds since the epoch. */
  readonly #waits = new Map<TaskWait, number>();
  #pending: TaskPending | undefined;
  /** In which stretch its last call began. */
  #last = -1;
  /**
   * Has it been seen to do several things at once, as by `Promise.all`? Then what one of them waits for does not keep the
   * others from letting go of what the thread owns. It shows by two calls with no `await` in between, or two waits.
   */
  #branched = false;
  /** Still to be thrown. */
  #due: { readonly error: unknown } | undefined;

  /** A call that may wait is about to begin. @throws what is due. */
  begin(): void {
    const present = presentStretch();
    if (this.#last === present) this.#branched = true;
    this.#last = present;
    this.check();
  }

  /** @throws what is due. */
  check(): void {
    const due = this.#due;
    this.#due = undefined;
    if (due) throw due.error;
  }

  enter(wait: TaskWait): void {
    if (this.#waits.size > 0) this.#branched = true;
    this.#waits.set(wait, Date.now());
    this.#pending = undefined;
  }

  leave(wait: TaskWait): void {
    this.#waits.delete(wait);
    this.#pending = undefined;
  }

  /** What it waits for here; `undefined` when that is nothing. */
  get pending(): TaskPending | undefined {
    if (this.#waits.size === 0) return undefined;
    const waits = [...this.#waits.keys()];
    // What was begun may be awaited, or handed on, only later.
    const isOpen = (): boolean => this.#branched || waits.some(({ open }) => open);
    return (this.#pending ??= {
      what: [...new Set(waits.map(({ what }) => what))].join(' and '),
      target: undefined,
      ways: waits.map(({ target }) => target),
      bounded: waits.some(({ bounded }) => bounded),
      get open() {
        return isOpen();
      },
      since: Math.min(...this.#waits.values()),
    });
  }

  /** The frames of the user's code where it waits. */
  get place(): string | undefined {
    for (const { place } of this.#waits.keys()) if (place) return place;
    return undefined;
  }

  /** Throws the error where it waits, or else in its next wait. @returns did it wait? */
  interrupt(error: unknown): boolean {
    const waits = [...this.#waits.keys()];
    if (waits.length === 0) this.#due ??= { error };
    for (const wait of waits) wait.abort(error);
    return waits.length > 0;
  }
}

/** All coroutines of this heap that are part of no green thread. */
export const programTask = new Task();

const tasks = new WeakMap<object, Task>();

/** What is known of the async code of a green thread of this heap. */
export function taskOf(thread: object): Task {
  let task = tasks.get(thread);
  if (!task) tasks.set(thread, (task = new Task()));
  return task;
}

/** The same, if it has waited already. */
export function knownTask(thread: object): Task | undefined {
  return tasks.get(thread);
}
