/**
 * This package's code as every Worker is given it, in shared memory: its text, and the compiled form that V8 made of it
 * on the main thread. Reading and compiling it anew would be a third of what starting a Worker costs. V8 refuses a form
 * that does not fit (another version, other flags) and compiles the text then.
 *
 * The form has the functions that have run where it was made. So the first Worker that becomes idle makes it anew, with
 * those that Workers run, for all that are started after it.
 */

export interface SharedCode {
  /** Whose code it is: another copy of the package in the same Worker has its own. */
  readonly url: string;
  /** ASCII. */
  readonly text: SharedArrayBuffer;
  readonly compiled: SharedArrayBuffer;
}

/** The same as its loader has it. */
export interface Code {
  readonly url: string;
  readonly text: Uint8Array;
  readonly compiled: Uint8Array;
}

let make: (() => Code) | undefined;
let shared: SharedCode | undefined;

/** Says how to get the code; called by whoever loaded it. */
export function offerCode(how: () => Code): void {
  make = how;
}

/** Nothing when the code was loaded in another way. */
export function sharedCode(): SharedCode | undefined {
  if (!shared && make) {
    const { url, text, compiled } = make();
    shared = { url, text: inSharedMemory(text), compiled: inSharedMemory(compiled) };
  }
  return shared;
}

/** The compiled form as it is by now in this heap. */
export function compiledHere(): SharedArrayBuffer | undefined {
  return make && inSharedMemory(make().compiled);
}

/** From here on Workers are given this form. */
export function improveCode(compiled: SharedArrayBuffer): void {
  if (shared) shared = { ...shared, compiled };
}

function inSharedMemory(bytes: Uint8Array): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  return memory;
}
