/**
 * Owns the compiled form of the library in the cache: a program that is started again need not wait until V8 has compiled
 * it, which is most of what loading it takes.
 *
 * Whoever loads the library (load.ts) asks for it by a global, since it must not depend on anything. V8 refuses a form
 * that does not fit, of another machine or under other flags; it is then made anew.
 */
import type { Script } from 'node:vm';
import { cachedBytes, hashOf, keepBytes } from './cache.ts';

/** What the loader of the library sees of this. */
export interface KeptCode {
  /** The compiled form of this text at this place. */
  find(url: string, text: Uint8Array): Uint8Array | undefined;
  /** This is the script that was made, with that form or without. */
  note(url: string, text: Uint8Array, script: Script): void;
}

const KEPT = Symbol.for('coppice.kept-code');

/** The place counts, since the compiled form holds it: stacks tell it, and what is the library's own is known by it. */
const keyOf = (url: string, text: Uint8Array): string =>
  `v-${hashOf(process.version, process.arch, url, text)}`;

/** Those whose form is not in the cache, or does not fit. */
const fresh = new Map<string, Script>();

/** From now on the library is loaded in this way. To be called before it is. */
export function giveKeptCode(): void {
  const kept: KeptCode = {
    find: (url, text) => cachedBytes(keyOf(url, text)),
    note(url, text, script) {
      if (script.cachedDataRejected !== false) fresh.set(keyOf(url, text), script);
    },
  };
  (globalThis as { [KEPT]?: KeptCode })[KEPT] ??= kept;
}

/** Puts what is missing into the cache, with the functions that have been compiled by now. */
export function keepCode(): void {
  for (const [key, script] of fresh) keepBytes(key, script.createCachedData());
  fresh.clear();
}
