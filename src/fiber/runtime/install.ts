/**
 * Makes the runtime of compiled code, once per heap: the twins of built-ins, the original texts, and the global by which
 * CommonJS files, and a second copy of the package, find the first.
 */
import { installBuiltins } from './builtins.ts';
import * as runtime from './index.ts';
import { installSourceText } from './source-text.ts';

const key = Symbol.for('coppice.fiber');

export function installRuntime(): void {
  if (Object.hasOwn(globalThis, key)) return;
  Object.defineProperty(globalThis, key, { value: runtime, configurable: true });
  installBuiltins();
  installSourceText();
}
