/**
 * Owns the twins of built-ins that call back, so that a callback may block inside them.
 *
 * Each twin follows the specification's steps in their order, and hands over to the built-in itself whenever the
 * callback has no twin: the common case costs one question. Species and holes are the language's.
 */
import { BUILTIN_TWIN, setOwner, type Twin } from '../../core/twin.ts';
import { arrayTwins } from './builtins-array.ts';
import { collectionTwins } from './builtins-collections.ts';
import { jsonTwins } from './builtins-json.ts';
import { functionTwins } from './builtins-function.ts';
import { generatorMethods, nativeGeneratorMethods } from './iterate.ts';
import { attach, type AnyFunction } from './twins.ts';

function tie(target: AnyFunction, twin: Twin): void {
  // With an owner, as most: a call site is the slower for each kind of twin that any site has met.
  setOwner(twin, target);
  attach(target, twin);
}

/** Ties the twins to the built-ins, invisibly. Once per heap. */
export function installBuiltins(): void {
  for (const name of ['next', 'throw', 'return'] as const) {
    tie(nativeGeneratorMethods[name], generatorMethods[name] as Twin);
  }
  for (const [target, twin] of functionTwins()) {
    if (typeof target === 'function') tie(target as AnyFunction, twin);
  }
  // V8 shows a frame of these between the callback and who called.
  for (const [target, twin] of [...jsonTwins(), ...arrayTwins(), ...collectionTwins()]) {
    if (typeof target !== 'function') continue;
    Object.defineProperty(twin, 'name', { value: BUILTIN_TWIN + target.name });
    tie(target as AnyFunction, twin);
  }
}
