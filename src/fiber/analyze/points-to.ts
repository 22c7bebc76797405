/**
 * Owns the solver: which objects may stand in which place, as far as that follows from what a program writes.
 *
 * A place (a variable, a property, a result) holds a set of objects. An object is what one expression of the program
 * makes: all that it ever makes count as one. Places only ever get more, whatever the order in which it becomes known, so
 * that the end is the same: the usual inclusion-based points-to analysis (Andersen's), blind to order and to callers.
 *
 * What has no body here (a library, Node, ours) is a box: whatever is put in can be anywhere in it, may be called with
 * anything in it, may get anything in it as a property, and may come out again.
 */

/** A place. */
export type Place = number;

export interface FunctionParts {
  readonly parameters: readonly Place[];
  /** Arguments beyond the parameters, and `arguments`. */
  readonly rest: Place;
  readonly self: Place;
  readonly result: Place;
  /** What an instance is, made on demand. */
  instance: Thing | null;
  /** Where it stands: file and offset. */
  readonly file: string;
  readonly start: number;
  readonly isSloppy: boolean;
}

/**
 * `made`: an object that the program makes; `list`: an array, or what a built-in gives; `box`: something of a library;
 * `native`: something of Node's own or of the language; `ours`: something of coppice; `any`: it might be anything.
 */
export type Kind = 'made' | 'list' | 'function' | 'box' | 'native' | 'ours' | 'any';

export class Thing {
  readonly fields = new Map<string, Place>();
  readonly watchers: ((place: Place) => void)[] = [];
  /** Where it looks up what it has not itself: prototypes, modules that are exported again. */
  readonly parents: Place;

  readonly kind: Kind;
  readonly parts: FunctionParts | null;
  /** Of a box, and of what might be anything: what is in it. */
  readonly content: Place;
  /** Of something native or ours. */
  readonly name: string;

  constructor(kind: Kind, parents: Place, rest: ThingParts) {
    this.kind = kind;
    this.parents = parents;
    this.parts = rest.parts ?? null;
    this.content = rest.content ?? -1;
    this.name = rest.name ?? '';
  }
}

interface ThingParts {
  parts?: FunctionParts;
  content?: Place;
  name?: string;
}

/** Under which a property stands whose name is not known. */
export const ANY_KEY = '*';
/** Under which the elements of lists stand: no other name means one. */
export const ELEMENT = '#';

export class TooMuch extends Error {}

export class PointsTo {
  readonly #sets: Set<Thing>[] = [];
  readonly #copies: Set<Place>[] = [];
  readonly #watchers: ((thing: Thing) => void)[][] = [];
  #queue: [Place, Thing][] = [];
  #left: number;

  /** @param limit so many steps are taken; then it gives up. */
  constructor(limit: number) {
    this.#left = limit;
  }

  place(...things: Thing[]): Place {
    this.#spend();
    const made = this.#sets.push(new Set()) - 1;
    this.#copies.push(new Set());
    this.#watchers.push([]);
    for (const thing of things) this.add(made, thing);
    return made;
  }

  thing(kind: Kind, rest: ThingParts = {}): Thing {
    return new Thing(kind, this.place(), rest);
  }

  at(place: Place): ReadonlySet<Thing> {
    return this.#sets[place]!;
  }

  add(place: Place, thing: Thing): void {
    const set = this.#sets[place]!;
    if (set.has(thing)) return;
    set.add(thing);
    this.#queue.push([place, thing]);
  }

  /** Whatever is in one place is in the other. */
  flow(from: Place, to: Place): void {
    const copies = this.#copies[from]!;
    if (from === to || copies.has(to)) return;
    copies.add(to);
    for (const thing of this.#sets[from]!) this.add(to, thing);
  }

  both(one: Place, other: Place): void {
    this.flow(one, other);
    this.flow(other, one);
  }

  /** Is told each thing that is in the place, now or later; some of them twice. */
  each(place: Place, watcher: (thing: Thing) => void): void {
    this.#watchers[place]!.push(watcher);
    for (const thing of this.#sets[place]!) {
      this.#spend();
      watcher(thing);
    }
  }

  /** The place of a property. */
  field(thing: Thing, key: string): Place {
    let place = thing.fields.get(key);
    if (place === undefined) {
      thing.fields.set(key, (place = this.place()));
      for (const watcher of thing.watchers.slice()) watcher(place);
    }
    return place;
  }

  eachField(thing: Thing, watcher: (place: Place) => void): void {
    thing.watchers.push(watcher);
    for (const place of thing.fields.values()) watcher(place);
  }

  #spend(): void {
    if (--this.#left < 0) throw new TooMuch('the program is too big to be followed');
  }

  /** To be called when all constraints are there. */
  solve(): void {
    for (let item = this.#queue.pop(); item !== undefined; item = this.#queue.pop()) {
      this.#spend();
      const [place, thing] = item;
      for (const to of this.#copies[place]!) this.add(to, thing);
      for (const watcher of this.#watchers[place]!.slice()) watcher(thing);
    }
  }
}
