/**
 * Owns AsyncLocalStorage across the yields of fibers.
 *
 * Keeping a context costs a closure per yield, so nothing is kept until a store is entered for the first time in this
 * heap: before that there is no context to lose. `AsyncLocalStorage.prototype.run` gets a twin, so that its callback
 * may block.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { attach, callTwin, type AnyFunction } from './runtime/twins.ts';

type Enter = <R>(work: () => R) => R;

let used = false;

/** The context of the code that runs now, or null while nobody uses any. */
export function captureContext(): Enter | null {
  return used ? (AsyncLocalStorage.snapshot() as Enter) : null;
}

const prototype = AsyncLocalStorage.prototype as unknown as Record<string, AnyFunction>;

function watch(name: 'run' | 'enterWith'): AnyFunction {
  const native = prototype[name]!;
  const holder = {
    [name](this: unknown, ...args: unknown[]): unknown {
      used = true;
      return Reflect.apply(native, this, args) as unknown;
    },
  };
  Object.defineProperty(prototype, name, { value: holder[name], writable: true, configurable: true });
  return holder[name]!;
}

/** Watches for the first use. Once per heap. */
export function installContext(): void {
  watch('enterWith');
  attach(watch('run'), function* (this: AsyncLocalStorage<unknown>, ...given: unknown[]) {
    const [store, callback, ...args] = given;
    used = true;
    const outer = this.getStore();
    this.enterWith(store);
    try {
      return yield* callTwin(callback, undefined, ...args);
    } finally {
      this.enterWith(outer);
    }
  });
}
