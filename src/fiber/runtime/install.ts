/**
 * Makes the runtime of compiled code, once per heap: the twins of built-ins, the original texts, and the global by which
 * CommonJS files, and a second copy of the package, find the first.
 */
import { installBuiltins } from './builtins.ts';
import * as runtime from './index.ts';
import { installSourceText } from './source-text.ts';
import { installStackTrace } from '../stack-trace.ts';

const key = Symbol.for('coppice.fiber');

/** Is the program of this heap compiled? Then a function without a twin is one that was proven to never wait, or async. */
export function hasRuntime(): boolean {
  return Object.hasOwn(globalThis, key);
}

export function installRuntime(): void {
  if (hasRuntime()) return;
  Object.defineProperty(globalThis, key, { value: runtime, configurable: true });
  installBuiltins();
  installSourceText();
  installStackTrace();
}
