/**
 * Runs a green thread as a fiber: compiled code in this heap, set aside where it waits.
 *
 * Invariant: the thread counts as running from the first step of its code; killed before, it never runs.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { heap } from '../core/heap.ts';
import { setTwin, TWIN, type Twin } from '../core/twin.ts';
import { LocalCore, type Runner } from '../hub/local-core.ts';
import { registerCoreFactory } from '../hub/target.ts';
import { FiberTimeouts } from './fiber-timeouts.ts';
import { currentFiber, Fiber } from './fiber.ts';

function begin({ owner }: Fiber): boolean {
  const core = owner as LocalCore;
  core.begun();
  return core.state === 'running';
}

function done({ owner, ok, value }: Fiber): void {
  (owner as LocalCore).finish(ok ? { ok, value } : { ok: false, error: value });
}

class FiberRunner implements Runner {
  readonly kind = 'fiber';
  readonly queues = true;
  #twin: Twin | undefined;
  #args: readonly unknown[] | undefined;
  #fiber: Fiber | undefined;

  constructor(twin: Twin, args: readonly unknown[]) {
    this.#twin = twin;
    this.#args = args;
  }

  start(core: LocalCore): void {
    const body = Reflect.apply(this.#twin as Twin, undefined, this.#args as unknown[]);
    this.#twin = this.#args = undefined;
    this.#fiber = new Fiber(body, { onBegin: begin, onDone: done, owner: core });
    this.#fiber.start();
  }

  interrupt(error: unknown): void {
    this.#fiber?.interrupt(error);
  }

  terminate(): boolean {
    this.#fiber?.abandon();
    return this.#fiber?.done ?? true;
  }
}

/** Makes compiled functions spawnable in this heap. */
export function serveFibers(): void {
  registerCoreFactory((thread, target, { args = [], name, ref }) => {
    if (typeof target !== 'function') return undefined;
    const twin = (target as { [TWIN]?: Twin | null })[TWIN];
    if (!twin) return undefined;
    return new LocalCore(
      thread,
      new FiberRunner(twin, args),
      name ?? (target.name || 'fiber'),
      ref,
    );
  });
  const outerThread = heap.currentThread;
  heap.currentThread = () => {
    const owner = currentFiber()?.owner;
    return owner instanceof LocalCore ? owner.thread : outerThread();
  };
  const outerTimeouts = heap.timeouts;
  heap.timeouts = () => {
    const fiber = currentFiber();
    return fiber ? (fiber.timeouts ??= new FiberTimeouts(fiber)) : outerTimeouts();
  };
  // Natively, `run` would pin whatever its callback waits for.
  setTwin(
    AsyncLocalStorage.prototype.run,
    function* (
      this: AsyncLocalStorage<unknown>,
      store: unknown,
      callback: (...args: unknown[]) => unknown,
      ...args: unknown[]
    ) {
      const twin = (callback as { [TWIN]?: Twin | null })[TWIN];
      if (!twin) return this.run(store, callback, ...args);
      const former = this.getStore();
      this.enterWith(store);
      try {
        return yield* Reflect.apply(twin, undefined, args);
      } finally {
        this.enterWith(former);
      }
    },
  );
}
