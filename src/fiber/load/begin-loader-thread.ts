/**
 * Owns that Node's loader thread, where there is one (`module.register`, before `module.registerHooks`), begins as early
 * as can be: it takes as long as all that the main thread has to do until it needs it, and that waits for it.
 */
import * as nodeModule from 'node:module';

/** Makes Node begin the thread; does not wait for it. */
export function beginLoaderThread(): void {
  if (typeof nodeModule.registerHooks === 'function') return;
  const none = {
    // Node asks for the name of what to register when it has begun the thread, and before it waits.
    toString(): string {
      throw none;
    },
  };
  try {
    nodeModule.register(none as unknown as string, 'file:///');
  } catch (error) {
    if (error !== none) throw error;
  }
}
