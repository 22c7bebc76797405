/**
 * Owns the CommonJS files that were set aside at their top, and who else wants them meanwhile.
 *
 * Plain code never runs between two lines of a file that is being loaded, unless the file called it; so `require` gives a
 * file whole, or, in a circle, as far as it has come. Here others run meanwhile, and each that requires the file waits
 * until it is loaded, but for who is in a circle with it. That is whatever the file's own top has called (the chain of
 * `outer`) and what waits for such a file in turn (`awaits`): two fibers may each be loading one file of a circle. The
 * program's own file is in a circle with everybody, for it may go on as long as the program does.
 *
 * Invariant: a file leaves `all` when its code has ended, in whatever way, and then wakes everybody who waits for it. Who
 * is woken requires it again: it is there whole, or it has failed and is run anew, as plain. Code that is ended by force
 * ends nothing: who comes later sees that its fiber is done, and who waits already is told as of a lock.
 */
import { types } from 'node:util';
import { heap } from '../../core/heap.ts';
import { WaitQueue } from '../../core/wait-queue.ts';
import { noteHeld } from '../../hub/deadlock.ts';
import { currentFiber, type Fiber } from '../fiber.ts';
import { beginningFiber } from './loose.ts';
import { S } from './state.ts';

/** By their file names. */
const all = new Map<string, HalfLoaded>();

/** What Node makes the prototype of exports that are met in a circle: it warns of names that are not there yet. */
let warning: object | null = null;

const prototypeOf = (exports: unknown): object | null =>
  typeof exports === 'object' && exports !== null && !types.isProxy(exports)
    ? (Object.getPrototypeOf(exports) as object | null)
    : null;

export class HalfLoaded {
  readonly module: NodeModule;
  /** Whose top required it. */
  readonly outer = S.file;
  /** What its code waits for, while it does. */
  awaits: HalfLoaded | null = null;
  /** Whose code it is. */
  #fiber: Fiber | null = null;
  /** None for the program's own file. */
  #waiters: WaitQueue<void> | null = null;

  constructor(module: NodeModule) {
    this.module = module;
  }

  /** Its code has come to wait, as the program's own. */
  holdProgram(): void {
    all.set(this.module.filename, this);
  }

  /** Its code has come to wait, in the loading of whoever required it. */
  hold(): void {
    this.#fiber = beginningFiber() ?? currentFiber();
    const fiber = this.#fiber;
    // What an async function does goes on after its thread.
    const thread = fiber !== null && fiber.owner === fiber ? heap.currentThread() : undefined;
    const holders = thread === undefined ? [] : [thread];
    const what = `the loading of ${this.module.filename}`;
    this.#waiters = new WaitQueue<void>({ what, holders: () => holders });
    all.set(this.module.filename, this);
  }

  /** Its code has ended. */
  release(): void {
    if (all.get(this.module.filename) === this) all.delete(this.module.filename);
    const { exports } = this.module;
    // Node does that when the file has returned, which to Node it had when it was set aside.
    if (warning !== null && prototypeOf(exports) === warning)
      Object.setPrototypeOf(exports, Object.prototype);
    this.#waiters?.wakeAll();
  }

  /** Will its code never go on? */
  get abandoned(): boolean {
    return this.#fiber?.done === true;
  }

  /** Is what runs here part of its loading, or waited for by that? */
  get circular(): boolean {
    if (this.#waiters === null) return true;
    for (let file: HalfLoaded | null = this; file !== null; file = file.awaits)
      for (let mine = S.file; mine !== null; mine = mine.outer) if (mine === file) return true;
    return false;
  }

  *loaded(): Generator<unknown, void> {
    const mine: HalfLoaded[] = [];
    for (let file = S.file; file !== null; file = file.outer) mine.push(file);
    for (const file of mine) file.awaits = this;
    noteHeld();
    try {
      yield* this.#waiters!.wait(undefined);
    } finally {
      for (const file of mine) file.awaits = null;
    }
  }

  /** Gives it as far as it has come. */
  meet(load: () => unknown): unknown {
    const { exports } = this.module;
    const wasPlain = prototypeOf(exports) === Object.prototype;
    const result = load();
    const now = prototypeOf(exports);
    if (wasPlain && types.isProxy(now)) warning = now;
    return result;
  }
}

/** The file that this would give only as far as it has come. */
export function halfLoaded(require: NodeJS.Require, id: unknown): HalfLoaded | undefined {
  if (all.size === 0) return undefined;
  let name: string;
  try {
    name = require.resolve(id as string);
  } catch {
    return undefined; // `require` says it better
  }
  const file = all.get(name);
  if (file === undefined || require.cache[name] !== file.module) return undefined;
  if (!file.abandoned) return file;
  delete require.cache[name];
  file.release();
  return undefined;
}
