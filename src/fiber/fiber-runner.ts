/**
 * Puts fibers behind `GreenThread`: a compiled function, or any function with a twin, is spawned as a fiber.
 */
import { heap } from '../core/heap.ts';
import { LocalCore, type Runner } from '../hub/local-core.ts';
import { registerCoreFactory } from '../hub/target.ts';
import { currentFiber, Fiber } from './fiber.ts';
import { usableTwin, type AnyFunction } from './runtime/twins.ts';

class FiberRunner implements Runner {
  readonly kind = 'fiber';
  readonly #target: AnyFunction;
  readonly #args: readonly unknown[];
  #fiber: Fiber | null = null;

  constructor(target: AnyFunction, args: readonly unknown[]) {
    this.#target = target;
    this.#args = args;
  }

  start(core: LocalCore): void {
    core.begun();
    this.#fiber = new Fiber(this.#body(), {
      owner: core.thread,
      onDone: ({ ok, value }) => core.finish(ok ? { ok, value } : { ok, error: value }),
    });
    core.inContext(() => this.#fiber!.start());
  }

  *#body(): Generator<unknown, unknown, unknown> {
    // Made here, so that what the parameters throw is the thread's own error.
    return yield* Reflect.apply(usableTwin(this.#target)!, undefined, this.#args);
  }

  interrupt(error: unknown): void {
    this.#fiber?.interrupt(error);
  }

  terminate(): boolean {
    return false;
  }
}

/** Lets compiled functions be spawned. Once per heap. */
export function serveFibers(): void {
  registerCoreFactory((thread, target, options) => {
    if (typeof target !== 'function' || usableTwin(target) === null) return undefined;
    const runner = new FiberRunner(target as AnyFunction, options.args ?? []);
    return new LocalCore(thread, runner, options.name ?? (target.name || 'fiber'), options.ref);
  });
  const outer = heap.currentThread;
  heap.currentThread = () => currentFiber()?.owner ?? outer();
}
