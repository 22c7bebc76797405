/**
 * The state of a `Group` or a `Pool`, at the hub; see group.ts for its rules.
 */
import { beginningCall } from '../core/call.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import { Wait, type WaitTarget } from '../core/wait.ts';
import { GreenThread } from '../hub/green-thread.ts';
import { CORE } from '../hub/thread-core.ts';
import type { Target } from '../hub/target.ts';
import { Guests } from './guests.ts';
import { SemaphoreCore } from './semaphore-core.ts';

const EMPTY: WaitTarget = { what: 'the green threads of a Group to end' };

export class GroupCore {
  readonly threads = new Set<GreenThread>();
  readonly joiners = new WaitQueue<true>(EMPTY);
  readonly permits: SemaphoreCore | undefined;
  /** To be called when a thread has left, and those who wait for its place have been served. */
  readonly roomWanted = new Set<() => void>();
  /** Those that are to begin when there is room, in order. */
  readonly #planned = new Set<GreenThread>();
  readonly guests = new Guests(() => {
    this.permits?.release();
    this.#left();
  });

  constructor(size: number) {
    this.permits = size === Infinity ? undefined : new SemaphoreCore(size);
  }

  /** In a list, because a green thread by itself looks like a promise. */
  spawn(target: Target, args: readonly unknown[]): [GreenThread] | Wait<[GreenThread]> {
    const permit = this.permits?.acquire() ?? true;
    if (permit === true) return [this.#start(target, args)];
    return new Wait<[GreenThread]>(
      (waker) =>
        permit.begin({
          wake: () => {
            let thread: GreenThread;
            try {
              thread = this.#start(target, args);
            } catch (error) {
              waker.fail(error);
              return true;
            }
            if (waker.wake([thread]) !== false) return true;
            // Whoever wanted it is gone, so it never runs.
            thread.kill({ timeout: 0 });
            return true;
          },
          fail: (error) => waker.fail(error),
        }),
      permit.target,
    );
  }

  get size(): number {
    return this.threads.size + this.guests.size;
  }

  /** Lets in a fiber that lives in the heap of the calling Worker. @returns its number. */
  admit(): number | Wait<number> {
    const host = beginningCall()?.thread as GreenThread | undefined;
    const permit = this.permits?.acquire() ?? true;
    if (permit === true) return this.guests.enter(host);
    return new Wait<number>(
      (waker) =>
        permit.begin({
          wake: () => {
            const number = this.guests.enter(host);
            if (waker.wake(number) === false) this.guests.leave(number);
            return true;
          },
          fail: (error) => waker.fail(error),
        }),
      permit.target,
    );
  }

  tryAdmit(): number | undefined {
    if (this.permits && !this.permits.tryAcquire()) return undefined;
    return this.guests.enter(beginningCall()?.thread as GreenThread | undefined);
  }

  trySpawn(target: Target, args: readonly unknown[]): [GreenThread?] {
    if (this.permits && !this.permits.tryAcquire()) return [];
    return [this.#start(target, args)];
  }

  add(thread: GreenThread): void {
    if (thread.ready || this.threads.has(thread)) return;
    this.threads.add(thread);
    thread.rawLink(() => {
      this.threads.delete(thread);
      this.#left();
    });
  }

  #left(): void {
    if (this.size === 0) this.joiners.wakeAll(true);
    // After all links of the thread, one of which lets its place go.
    if (this.roomWanted.size > 0) queueMicrotask(() => this.#tellOfRoom());
  }

  #tellOfRoom(): void {
    for (const callback of this.roomWanted) callback();
  }

  join(): true | Wait<true> {
    return this.size === 0 || this.joiners.wait(undefined);
  }

  /**
   * Threads for whom who calls will ask in time: each begins as soon as there is room that nobody waits for, until they
   * are dropped, or who called has ended.
   */
  plan(target: Target, items: readonly unknown[]): GreenThread[] {
    const host = beginningCall()?.thread as GreenThread | undefined;
    const threads = items.map((item) => new GreenThread(target, { args: [item] }));
    for (const thread of threads) {
      // Its error is for who asks for its value.
      thread[CORE].observe();
      this.#planned.add(thread);
    }
    const drop = (): void => void this.drop(threads);
    host?.rawLink(drop);
    // When the last one has ended all have begun.
    threads.at(-1)?.rawLink(() => host?.rawUnlink(drop));
    this.roomWanted.add(this.#beginPlanned);
    this.#beginPlanned();
    return threads;
  }

  /** Those of these that have not begun never do. @returns how many: the last ones. */
  drop(threads: readonly GreenThread[]): number {
    const dropped = threads.filter((thread) => this.#planned.delete(thread));
    for (const thread of dropped) thread.kill({ timeout: 0 });
    return dropped.length;
  }

  readonly #beginPlanned = (): void => {
    for (const thread of this.#planned) {
      if (this.permits?.tryAcquire() === false) return;
      this.#planned.delete(thread);
      this.#begin(thread);
    }
    this.roomWanted.delete(this.#beginPlanned);
  };

  #start(target: Target, args: readonly unknown[]): GreenThread {
    let thread: GreenThread;
    try {
      thread = new GreenThread(target, { args });
    } catch (error) {
      this.permits?.release();
      throw error;
    }
    this.#begin(thread);
    return thread;
  }

  /** It has its place. */
  #begin(thread: GreenThread): void {
    this.add(thread);
    if (this.permits) thread.rawLink(() => this.permits?.release());
    thread.start();
  }
}
