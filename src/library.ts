/**
 * All code of the package that keeps state, once per heap. The entries share it by this one file: see load.ts for how
 * it gets into a heap, and tsup.config.ts for how the entries come to it.
 */
export * as index from './index.ts';

export { Answer, ANSWERED } from './core/answer.ts';
export { performHere } from './core/call.ts';
export { isCloneable, notCloneable } from './core/clone.ts';
export { encodeError } from './core/error-codec.ts';
export { resolveDefinition } from './core/resolve-definition.ts';
export { timeoutError } from './core/timeout.ts';
export { BUILTIN_TWIN, Onto, ownerOf, setOwner, TWIN, TWIN_NAME } from './core/twin.ts';
export { formatStack } from './core/user-frames.ts';
export { WaitQueue } from './core/wait-queue.ts';
export { noteHeld, programsOwn } from './hub/deadlock.ts';
export { liveThreads } from './hub/registry.ts';
export { limitAsync } from './fiber/async-limits.ts';
export { heap } from './core/heap.ts';
export { installFibers } from './fiber/fiber-runner.ts';
export { CallbackFiber, currentFiber } from './fiber/fiber.ts';
export { hasRuntime, RUNTIME } from './fiber/has-runtime.ts';
export {
  AWAIT,
  begin,
  beginningFiber,
  enter,
  mayPark,
  takePromise,
} from './fiber/runtime/loose.ts';
export {
  installSourceText,
  isCompiledFile,
  nativeText,
  registerSourceFile,
} from './fiber/runtime/source-text.ts';
export { S } from './fiber/runtime/state.ts';
export { loading } from './main/loading.ts';
export { setUp } from './setup.ts';
export { offerCode } from './worker/shared-code.ts';
