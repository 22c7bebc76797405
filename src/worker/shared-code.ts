/**
 * The compiled form of this package's code, made by V8 once and given to every Worker: compiling the text anew would be
 * a third of what starting one costs. V8 refuses what does not fit (another version, other flags) and compiles then.
 */

let compiled: (() => Uint8Array) | undefined;
let shared: SharedArrayBuffer | undefined;

/** Says how to get the compiled form; called by whoever loaded the code. */
export function offerCode(make: () => Uint8Array): void {
  compiled = make;
}

/** Nothing when the code was loaded in another way. */
export function sharedCode(): SharedArrayBuffer | undefined {
  if (!shared && compiled) {
    const code = compiled();
    shared = new SharedArrayBuffer(code.length);
    new Uint8Array(shared).set(code);
  }
  return shared;
}
