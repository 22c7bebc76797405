/**
 * All code of the package that keeps state, once per heap. The entries share it by this one file: see load.ts for how
 * it gets into a heap, and tsup.config.ts for how the entries come to it.
 */
export * as index from './index.ts';

export { performHere } from './core/call.ts';
export { isCloneable, notCloneable } from './core/clone.ts';
export { encodeError } from './core/error-codec.ts';
export { resolveDefinition } from './core/resolve-definition.ts';
export { timeoutError } from './core/timeout.ts';
export { loading } from './main/main-way.ts';
export { offerCode } from './worker/shared-code.ts';

export { installRuntime } from './fiber/runtime/install.ts';
export * as fiberRuntime from './fiber/runtime/index.ts';
