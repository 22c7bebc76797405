/**
 * This package's code as every Worker is given it, in shared memory: its text, and the compiled form that V8 made of it
 * on the main thread. Reading and compiling it anew would be a third of what starting a Worker costs. V8 refuses a form
 * that does not fit (another version, other flags) and compiles the text then.
 */

export interface SharedCode {
  /** ASCII. */
  readonly text: SharedArrayBuffer;
  readonly compiled: SharedArrayBuffer;
}

let make: (() => { text: Uint8Array; compiled: Uint8Array }) | undefined;
let shared: SharedCode | undefined;

/** Says how to get the code; called by whoever loaded it. */
export function offerCode(how: NonNullable<typeof make>): void {
  make = how;
}

/** Nothing when the code was loaded in another way. */
export function sharedCode(): SharedCode | undefined {
  if (!shared && make) {
    const { text, compiled } = make();
    shared = { text: inSharedMemory(text), compiled: inSharedMemory(compiled) };
  }
  return shared;
}

function inSharedMemory(bytes: Uint8Array): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(bytes.length);
  new Uint8Array(memory).set(bytes);
  return memory;
}
