/**
 * Waiters of the kinds that live in this heap, side by side: coroutines, which await the async face, and generators,
 * which are driven by the twin as a fiber is. For the property tests.
 */
import { Wait, type Cancel } from 'coppice';

const TWIN = Symbol.for('coppice.twin');
type AnyMethod = (...args: never[]) => unknown;

export type Kind = 'coroutine' | 'fiber';

/** How each waiter ended that has ended; a waiter that still waits is not in it. */
export class Waiters {
  readonly ended = new Map<number, unknown>();
  readonly #cancels = new Map<number, Cancel>();
  #last = -1;

  /** Begins to wait. `method` is the name of the blocking face. */
  start(kind: Kind, object: object, method: string, ...args: unknown[]): number {
    const id = ++this.#last;
    const end = (value: unknown): void => void this.ended.set(id, value);
    if (kind === 'coroutine') {
      const controller = new AbortController();
      const face = (object as Record<string, AnyMethod>)[`${method}Async`] as AnyMethod;
      const options = { signal: controller.signal };
      (face.call(object, ...([...args, options] as never[])) as Promise<unknown>).then(
        end,
        (error: unknown) => end(codeOf(error)),
      );
      this.#cancels.set(id, () => controller.abort(new Error('cancelled')));
    } else {
      const face = (object as Record<string, AnyMethod>)[method] as AnyMethod &
        Record<symbol, AnyMethod>;
      const twin = face[TWIN] as unknown as (...given: unknown[]) => Generator<Wait<unknown>>;
      this.#cancels.set(id, drive(calling(twin, object, args), end));
    }
    return id;
  }

  /** Kills a waiter. One that has ended stays as it is. */
  cancel(id: number): void {
    if (!this.ended.has(id)) this.#cancels.get(id)?.();
  }
}

/** What compiled code makes of a call: a twin may throw before it has given an iterator. */
function* calling(
  twin: (...given: unknown[]) => Generator<Wait<unknown>>,
  object: object,
  args: readonly unknown[],
): Generator<Wait<unknown>> {
  return yield* twin.call(object, ...args);
}

/**
 * Runs a generator as a fiber is run. Returns what kills it.
 *
 * @param soon when one that was woken goes on. At once is fine for one that ends then; a fiber never goes on before
 *   whoever woke it has finished.
 */
export function drive(
  generator: Generator<Wait<unknown>>,
  end: (value: unknown) => void,
  soon: (go: () => void) => void = (go) => go(),
): Cancel {
  let cancelWait: Cancel | undefined;
  let over = false;
  const step = (resume: () => IteratorResult<Wait<unknown>>): void => {
    cancelWait = undefined;
    let result: IteratorResult<Wait<unknown>>;
    try {
      result = resume();
    } catch (error) {
      over = true;
      end(codeOf(error));
      return;
    }
    if (result.done) {
      over = true;
      end(result.value);
      return;
    }
    let woken = false;
    const cancel = result.value.begin({
      wake: (value) => {
        woken = true;
        soon(() => step(() => generator.next(value)));
      },
      fail: (error) => {
        woken = true;
        soon(() => step(() => generator.throw(error)));
      },
    });
    if (!woken) cancelWait = cancel;
  };
  step(() => generator.next());
  return () => {
    if (over || !cancelWait) return;
    cancelWait();
    step(() => generator.throw(new Error('cancelled')));
  };
}

function codeOf(error: unknown): unknown {
  return (error as { code?: string }).code ?? (error as Error).message;
}

/** Lets every coroutine that can go on do so. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
