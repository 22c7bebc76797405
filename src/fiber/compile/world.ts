/**
 * Owns the question "could this be a yield point?", asked by name, because types are unknown.
 *
 * A World answers for the set of modules that are loaded together. It must err on the side of yes: a yes costs
 * a check at run time, a wrong no makes a fiber pin (never a wrong result).
 */
export interface World {
  /**
   * May a call of something known by this name block? `x` is a variable, `.x` a property, null a computed or unnamed
   * callee.
   */
  call(name: string | null): boolean;
  /** May reading or writing a property of this name (null: computed) run an accessor that blocks? */
  access(name: string | null): boolean;
  /** May advancing some iterator block? */
  readonly iterate: boolean;
}

/** Knows nothing, so answers yes to everything: what the differential tests compile with. */
export const openWorld: World = { call: () => true, access: () => true, iterate: true };
