/**
 * Makes the runtime of compiled code, once per heap: the twins of built-ins, the original texts, and the global by which
 * CommonJS files, and a second copy of the package, find the first.
 */
import { heap } from '../../core/heap.ts';
import { installFibers } from '../fiber-runner.ts';
import { hasRuntime, RUNTIME } from '../has-runtime.ts';
import { installStackTrace } from '../stack-trace.ts';
import { installBuiltins } from './builtins.ts';
import * as runtime from './index.ts';
import { enter, mayPark } from './loose.ts';
import { installSourceText } from './source-text.ts';
import { usableTwin } from './twins.ts';

export function installRuntime(): void {
  if (hasRuntime()) return;
  Object.defineProperty(globalThis, RUNTIME, { value: runtime, configurable: true });
  installFibers();
  installBuiltins();
  installSourceText();
  installStackTrace();
  heap.enter = (target, self, args) => enter(usableTwin(target), target, self, args);
  heap.mayPark = mayPark;
}
