/**
 * One `ThreadPool.map` under way: which items have been taken, which run, and what came of them.
 *
 * Invariants: an item is taken only when there is room for it; the results settle once, and not before every green
 * thread that was begun has ended. It is fed at once whenever a thread of the pool ends, before anybody else hears of it,
 * so others who use the pool cannot keep it from its turn.
 */
import { linkAbort, unlinkAbort } from '../core/abort-links.ts';
import { ambientWait, anyOf } from '../core/ambient.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import { killAllAsync } from '../hub/thread-calls.ts';

interface Feeding<I, R> {
  /** May another one be begun, when so many of its own have not ended? */
  readonly hasRoom: (own: number) => boolean;
  /** `ended` is told before the pool feeds anybody. */
  readonly begin: (item: I, ended: (thread: GreenThread<R>) => void) => GreenThread<R>;
}

export class Mapping<I, R> {
  /** The results in the order of the items. */
  readonly results: Promise<R[]>;
  readonly #items: Iterator<I>;
  readonly #feeding: Feeding<I, R>;
  readonly #values: R[] = [];
  readonly #live = new Set<GreenThread<R>>();
  #taken = 0;
  #state: 'taking' | 'exhausted' | 'over' = 'taking';
  #feeds = false;
  #resolve: (values: R[]) => void = () => {};
  #reject: (error: unknown) => void = () => {};

  constructor(items: Iterable<I>, feeding: Feeding<I, R>) {
    this.#items = items[Symbol.iterator]();
    this.#feeding = feeding;
    // Ended by its caller's time limit, as any wait.
    const limit = ambientWait();
    const signal = anyOf(limit.signals);
    const onAbort = (): void => {
      limit.ended(signal?.reason);
      void this.#fail(signal?.reason);
    };
    this.results = new Promise<R[]>((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    }).finally(() => signal && unlinkAbort(signal, onAbort));
    if (signal?.aborted) onAbort();
    else if (signal) linkAbort(signal, onAbort);
  }

  /** Begins as many as there is room for. */
  feed(): void {
    // Taking an item runs the user's code, which may end a thread, which feeds.
    if (this.#feeds || this.#state !== 'taking') return;
    this.#feeds = true;
    try {
      while (this.#state === 'taking' && this.#feeding.hasRoom(this.#live.size)) this.#take();
    } catch (error) {
      void this.#fail(error);
    } finally {
      this.#feeds = false;
    }
    this.#settle();
  }

  #take(): void {
    const { done, value } = this.#items.next();
    if (done) {
      this.#state = 'exhausted';
      return;
    }
    const index = this.#taken++;
    const thread = this.#feeding.begin(value, (ended) => {
      this.#live.delete(ended);
      if (ended.successful) this.#values[index] = ended.value as R;
      else void this.#fail(ended.error);
      this.#settle();
    });
    this.#live.add(thread);
  }

  #settle(): void {
    if (this.#state !== 'exhausted' || this.#live.size > 0) return;
    this.#state = 'over';
    this.#resolve(this.#values);
  }

  async #fail(error: unknown): Promise<void> {
    if (this.#state === 'over') return;
    const taking = this.#state === 'taking';
    this.#state = 'over';
    try {
      if (taking) this.#items.return?.();
      await killAllAsync([...this.#live]);
    } catch {
      // What goes wrong in cleaning up comes second to why it was needed.
    }
    this.#reject(error);
  }
}
