/**
 * Makes functions spawnable in this heap: in a compiled program all of them. What runs them is loaded when there is one,
 * since hardly any Worker has fibers.
 */
import { registerCoreFactory } from '../hub/target.ts';
import { fiberCore } from './fiber-runner.ts';

export function serveFibers(): void {
  registerCoreFactory((thread, target, options) =>
    typeof target === 'function' ? fiberCore(thread, target, options) : undefined,
  );
}
