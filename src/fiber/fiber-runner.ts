/**
 * Runs a green thread as a fiber: compiled code in this heap, set aside where it waits.
 *
 * Invariants: the thread counts as running from the first step of its code; killed before, it never runs. In a compiled
 * program every function can be run: one without a twin, because it never waits or because it is async or not in scope,
 * is called plainly. What it promises is waited for, whatever kind of function it is. A spawned async function is the
 * current thread also after what it awaits.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { types } from 'node:util';
import { contextInUse } from '../core/async-context.ts';
import { runAsTask } from '../core/call.ts';
import { GreenThreadExit } from '../core/errors.ts';
import { heap } from '../core/heap.ts';
import { knownTask, taskOf, type Task } from '../core/task.ts';
import { isThenable, Wait, waitForPromise } from '../core/wait.ts';
import { setTwin, TWIN, type Twin } from '../core/twin.ts';
import type { PendingWait } from '../hub/blockable.ts';
import { watchForDeadlock } from '../hub/deadlock.ts';
import { fibersSeen } from '../hub/fibers-seen.ts';
import { LocalCore, type Runner } from '../hub/local-core.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import type { ThreadOptions } from '../hub/target.ts';
import { FiberTimeouts } from './fiber-timeouts.ts';
import { currentFiber, currentOwner, Fiber } from './fiber.ts';
import { beginningFiber } from './runtime/loose.ts';
import { pendingOf } from './pending-wait.ts';
import { watchForPins } from './pins.ts';
import { hasRuntime } from './has-runtime.ts';

const NONE: readonly unknown[] = [];
/** How most end. */
const RETURNED = { ok: true, value: undefined } as const;

class FiberRunner extends Fiber implements Runner {
  core: LocalCore | null = null;

  get kind(): 'fiber' {
    return 'fiber';
  }

  get queues(): true {
    return true;
  }

  get owner(): this {
    return this;
  }

  start(core: LocalCore): void {
    this.core = core;
    watchForDeadlock();
    if (contextInUse()) runAsTask(this, () => this.resume());
    else this.resume();
  }

  /** Only in the first step, because default values of parameters run the user's code as well. */
  protected override begin(twin: Twin, args: readonly unknown[]): Generator | null {
    const core = this.core!;
    named = null;
    core.begun();
    return core.state === 'running' ? super.begin(twin, args) : null;
  }

  protected override rest(value: unknown): Generator | null {
    return isThenable(value) ? promised(new PromisedWait(value)) : null;
  }

  protected override ended(): void {
    const { ok, value } = this;
    if (!ok) this.core!.finish({ ok: false, error: value });
    else this.core!.finish(value === undefined ? RETURNED : { ok, value });
  }

  /** Before it is started it waits for nothing that could be withdrawn. */
  override interrupt(error: unknown, valid?: () => boolean): void {
    if (this.core === null) return;
    if (awaits(this) && taskOf(this.core.thread).interrupt(error)) valid?.();
    else super.interrupt(error, valid);
  }

  pending(): PendingWait | undefined {
    return taskIn(this)?.pending ?? pendingOf(this);
  }

  failWait(error: unknown, wait: PendingWait): void {
    if (this.pending() === wait) this.interrupt(error);
  }

  stack(): string | undefined {
    return taskIn(this)?.place ?? this.frames;
  }

  terminate(): boolean {
    // Nobody waits any more for what it promises; it must not be given anything either.
    if (awaits(this)) taskOf(this.core!.thread).interrupt(new GreenThreadExit());
    this.abandon();
    return this.done;
  }
}

/** Where it waits after all it pins, and that is reported as anywhere. */
function plainly(target: (...args: unknown[]) => unknown): Twin {
  // Only these go on after an `await`, and the storage that tells them apart is not free.
  if (types.isAsyncFunction(target)) {
    // oxlint-disable-next-line require-yield -- it has nowhere to wait
    return function* (...args: unknown[]) {
      return runAsTask(currentFiber()!.owner, () => Reflect.apply(target, undefined, args));
    };
  }
  // oxlint-disable-next-line require-yield -- it has nowhere to wait
  return function* (...args: unknown[]) {
    return Reflect.apply(target, undefined, args);
  };
}

/** Has it come to wait for its async code? */
function awaits({ blockedIn }: FiberRunner): boolean {
  return blockedIn instanceof PromisedWait;
}

/** That code, if it has ever waited for anything here. */
function taskIn(runner: FiberRunner): Task | undefined {
  return awaits(runner) ? knownTask(runner.core!.thread) : undefined;
}

/** The wait for what an async function promises. Who waits in it is ended where the function waits: see task.ts. */
class PromisedWait extends Wait<unknown> {
  constructor(promise: PromiseLike<unknown>) {
    const wait = waitForPromise(promise);
    super((waker) => wait.begin(waker), wait.what);
  }
}

function* promised(wait: PromisedWait): Generator {
  return yield* wait;
}

/** What runs a function as a green thread; `undefined` for one that cannot be set aside. */
export function fiberCore(
  thread: GreenThread,
  target: (...args: unknown[]) => unknown,
  { args = NONE, name, ref }: ThreadOptions,
): LocalCore | undefined {
  let twin = (target as { [TWIN]?: Twin | null })[TWIN];
  if (!twin) {
    // An async function needs no compiler to wait.
    if (!hasRuntime() && !types.isAsyncFunction(target)) return undefined;
    twin = plainly(target);
  }
  installFibers();
  const runner = new FiberRunner(twin, args.length === 0 ? NONE : args);
  return new LocalCore(thread, runner, name ?? nameOf(target), ref);
}

/** Whose name was asked for last, until the first of its fibers begins: V8 takes as long to tell it as to make a fiber. */
let named: { readonly name: string } | null = null;
let lastName = '';

function nameOf(target: { readonly name: string }): string {
  if (target !== named) {
    lastName = target.name || 'fiber';
    named = target;
  }
  return lastName;
}

let installed = false;

/** Prepares this heap for fibers, once. */
export function installFibers(): void {
  if (installed) return;
  installed = true;
  watchForPins();
  const outerThread = heap.currentThread;
  heap.ownFiber = () => {
    const owner = currentOwner();
    return owner instanceof FiberRunner ? owner.core!.thread : undefined;
  };
  heap.currentThread = () => heap.ownFiber() ?? outerThread();
  heap.fibersSeen = fibersSeen;
  const outerTimeouts = heap.timeouts;
  heap.timeouts = () => {
    const fiber = beginningFiber() ?? currentFiber();
    return fiber ? (fiber.timeouts ??= new FiberTimeouts(fiber)) : outerTimeouts();
  };
  // Natively, `run` would pin whatever its callback waits for.
  setTwin(
    AsyncLocalStorage.prototype.run,
    function* (
      this: AsyncLocalStorage<unknown>,
      store: unknown,
      callback: (...args: unknown[]) => unknown,
      ...args: unknown[]
    ) {
      const twin = (callback as { [TWIN]?: Twin | null })[TWIN];
      if (!twin) return this.run(store, callback, ...args);
      const former = this.getStore();
      this.enterWith(store);
      try {
        return yield* Reflect.apply(twin, undefined, args);
      } finally {
        this.enterWith(former);
      }
    },
  );
}
