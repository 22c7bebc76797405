/**
 * What compiled ES modules import. Loading it makes the runtime: the twins of built-ins, the original texts, and the
 * global by which CommonJS files, and a second copy of the package, find the first.
 */
import { installBuiltins } from './builtins.ts';
import * as runtime from './index.ts';
import { installSourceText } from './source-text.ts';

const key = Symbol.for('coppice.fiber');
if (!Object.hasOwn(globalThis, key)) {
  Object.defineProperty(globalThis, key, { value: runtime, configurable: true });
  installBuiltins();
  installSourceText();
}

export * from './index.ts';
