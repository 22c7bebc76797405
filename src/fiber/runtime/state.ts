/**
 * Owns the few words that a compiled site and the runtime pass each other. All of them are set and read within one
 * synchronous stretch, so fibers cannot disturb each other through them.
 *
 * g: the object on which a property is being read or written by a site that could wait for its accessor; the accessor's
 *    face sets it to the state itself when it left a generator in `p`. k: the property's name.
 * nt: new.target, on its way from a `new` site into a twin's first statement.
 * a: an instance is made to be thrown away (see construct.ts); field initializers have no effect.
 * d: how many plain drivers stand between here and the fiber; above zero, waits cannot suspend.
 * file: the innermost CommonJS file, of those that could be set aside at their top, in whose loading the running code is.
 */
import type { HalfLoaded } from './half-loaded.ts';

export interface State {
  g: unknown;
  k: unknown;
  p: Generator | null;
  nt: unknown;
  a: boolean;
  d: number;
  raw: Generator | null;
  asks: boolean;
  answer: Generator | null;
  promise: Promise<unknown> | null;
  loading: Loading | null;
  file: HalfLoaded | null;
}

/** One `require` that could wait for the file's own code. */
export interface Loading {
  parent: unknown;
  started: { body: Generator; wait: unknown; file: HalfLoaded } | null;
}

export const S: State = {
  g: null,
  k: null,
  p: null,
  nt: undefined,
  a: false,
  d: 0,
  raw: null,
  asks: false,
  answer: null,
  promise: null,
  loading: null,
  file: null,
};
