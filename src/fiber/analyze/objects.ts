/**
 * Owns the objects that a followed program has to do with (see points-to.ts), and how one gets from one to the next: by a
 * property, by what it holds, by all that somebody who has it can reach.
 *
 * Of what coppice and Node give, a name is known and what was put in.
 */
import { isOursMethod, OURS_DATA } from './known-calls.ts';
import {
  ANY_KEY,
  ELEMENT,
  PointsTo,
  type FunctionParts,
  type Place,
  type Thing,
} from './points-to.ts';

/** Names what values of the language have in common, where the global object is not reached through them. */
export const VALUE = '[]';

export class Objects {
  readonly graph: PointsTo;
  /** Something of which nothing is known; whatever it is given is in it. */
  readonly any: Thing;
  readonly boxes: Thing[] = [];
  /** What anybody can get from the global object or from Node. */
  readonly globals: Place;
  protected readonly empty: Place;
  /** What the program throws, and what it may catch. */
  protected readonly thrown: Place;
  protected readonly caught: Place;
  /** What the package exports. */
  protected readonly ours: Thing;
  protected readonly oursFunctions = new Set<Thing>();
  /** Members of what it made, with what they are of. */
  readonly #oursOwners = new Map<Thing, Thing>();
  readonly #natives = new Map<string, Thing>();
  /** What is stored under each name, for the setters of that name. */
  readonly #stored = new Map<string, Place>();
  readonly #seen = new Map<Thing, Set<string>>();

  /** @param boxes how many there are. */
  constructor(boxes: number, limit: number) {
    const graph = (this.graph = new PointsTo(limit));
    this.empty = graph.place();
    this.globals = graph.place();
    this.thrown = graph.place();
    this.caught = graph.place();
    graph.flow(this.thrown, this.caught);
    // What a library throws is an error that it made, which leads to nothing else, or what it was thrown itself.
    graph.add(this.caught, this.make('list'));
    this.any = graph.thing('any', { content: graph.place() });
    graph.add(this.any.content, this.any);
    this.open(this.any.content, 'all');
    this.ours = graph.thing('ours', { name: 'coppice' });
    for (let index = 0; index < boxes; index++) {
      const box = graph.thing('box', { content: graph.place() });
      graph.add(box.content, box);
      graph.flow(this.globals, box.content);
      this.open(box.content, 'all');
      this.boxes.push(box);
    }
  }

  protected make(kind: 'made' | 'list'): Thing {
    const made = this.graph.thing(kind);
    if (kind === 'list') this.graph.add(made.parents, this.native(VALUE));
    return made;
  }

  protected native(name: string): Thing {
    let known = this.#natives.get(name);
    if (!known) this.#natives.set(name, (known = this.graph.thing('native', { name })));
    return known;
  }

  protected union(...places: Place[]): Place {
    const to = this.graph.place();
    for (const place of places) this.graph.flow(place, to);
    return to;
  }

  /** Each thing that a prototype of it is, however far up. */
  protected eachNativeParent(thing: Thing, then: () => void): void {
    this.graph.each(thing.parents, (parent) => {
      if (parent.kind === 'native') then();
      else if (parent !== thing && this.once(thing, `n${parent.parents}`))
        this.eachNativeParent(parent, then);
    });
  }

  protected once(thing: Thing, what: string): boolean {
    let seen = this.#seen.get(thing);
    if (!seen) this.#seen.set(thing, (seen = new Set()));
    if (seen.has(what)) return false;
    seen.add(what);
    return true;
  }

  // Properties.

  protected load(base: Place, key: string | null): Place {
    const to = this.graph.place();
    this.graph.each(base, (thing) => this.loadFrom(thing, key, to));
    return to;
  }

  protected loadFrom(thing: Thing, key: string | null, to: Place): void {
    if (!this.once(thing, `${key ?? '\\'}:${to}`)) return;
    const { graph } = this;
    switch (thing.kind) {
      case 'made':
      case 'list':
      case 'function':
        if (key === null) graph.eachField(thing, (place) => graph.flow(place, to));
        else {
          graph.flow(graph.field(thing, key), to);
          graph.flow(graph.field(thing, ANY_KEY), to);
          if (/^\d+$/.test(key)) graph.flow(graph.field(thing, ELEMENT), to);
          if (key === '__proto__') graph.flow(thing.parents, to);
        }
        graph.each(thing.parents, (parent) => this.loadFrom(parent, key, to));
        return;
      case 'box':
      case 'any':
        graph.flow(thing.content, to);
        return;
      case 'native': {
        const short = thing.name === '' || thing.name === 'globalThis' || thing.name === 'global';
        if (key === null) graph.add(to, thing);
        else graph.add(to, this.native(short ? key : `${thing.name.split('.')[0]!}.${key}`));
        if (!thing.name.startsWith(VALUE)) graph.flow(this.globals, to);
        return;
      }
      case 'ours':
        if (key !== null && thing !== this.ours && OURS_DATA.has(key)) return;
        graph.add(to, this.oursMember(thing, key ?? ''));
        if (key === null || !isOursMethod(key)) graph.flow(graph.field(thing, ANY_KEY), to);
    }
  }

  /** A member of something of coppice, with what that holds. */
  protected oursMember(of: Thing, name: string): Thing {
    // A member of a member counts as one of the same owner: `a = a.b` has an end.
    const thing = this.#oursOwners.get(of) ?? of;
    const place = this.graph.field(thing, `.${name}`);
    let [member] = this.graph.at(place);
    if (!member) {
      member = this.graph.thing('ours', { name });
      this.graph.add(place, member);
      this.#oursOwners.set(member, thing);
      if (thing !== this.ours)
        this.graph.both(this.graph.field(thing, ANY_KEY), this.graph.field(member, ANY_KEY));
      else this.oursFunctions.add(member);
    }
    return member;
  }

  protected store(base: Place, key: string | null, from: Place): void {
    const { graph } = this;
    graph.flow(from, this.storedUnder(key ?? ANY_KEY));
    graph.each(base, (thing) => {
      switch (thing.kind) {
        case 'made':
        case 'list':
        case 'function':
          graph.flow(from, graph.field(thing, key ?? ANY_KEY));
          if (key === '__proto__') graph.flow(from, thing.parents);
          return;
        case 'box':
        case 'any':
          graph.flow(from, thing.content);
          return;
        case 'native':
          graph.flow(from, this.globals);
          return;
        case 'ours':
          graph.flow(from, graph.field(thing, ANY_KEY));
      }
    });
  }

  protected storedUnder(key: string): Place {
    let place = this.#stored.get(key);
    if (place === undefined) this.#stored.set(key, (place = this.graph.place()));
    return place;
  }

  /** What it holds. */
  protected elements(thing: Thing, to: Place): void {
    const { graph } = this;
    if (thing.kind === 'ours') graph.flow(graph.field(thing, ANY_KEY), to);
    else if (thing.kind === 'box' || thing.kind === 'any') graph.flow(thing.content, to);
    else if (thing.kind !== 'native') graph.eachField(thing, (place) => graph.flow(place, to));
  }

  /** All that can be reached from things in a place is in it as well. */
  protected open(place: Place, how: 'all' | 'fields'): void {
    const { graph } = this;
    graph.each(place, (thing) => {
      if (!this.once(thing, `${how}${place}`)) return;
      switch (thing.kind) {
        case 'made':
        case 'list':
        case 'function':
          graph.eachField(thing, (field) => graph.flow(field, place));
          if (how === 'fields') return;
          graph.flow(place, graph.field(thing, ANY_KEY));
          graph.each(thing.parents, (parent) => {
            if (parent.kind !== 'native') graph.add(place, parent);
          });
          if (thing.parts) {
            this.callWithAll(thing.parts, place);
            graph.flow(this.thrown, place);
          }
          return;
        case 'box':
        case 'any':
          graph.flow(thing.content, place);
          if (how === 'all') graph.flow(place, thing.content);
          return;
        case 'ours':
          graph.flow(graph.field(thing, ANY_KEY), place);
          if (how === 'all') graph.flow(place, graph.field(thing, ANY_KEY));
          return;
        case 'native':
      }
    });
  }

  /** Somebody calls it with what is there, and what it gives is there too. */
  protected callWithAll(parts: FunctionParts, place: Place, given = place): void {
    const { graph } = this;
    for (const parameter of parts.parameters) graph.flow(place, parameter);
    graph.flow(place, parts.rest);
    graph.flow(place, parts.self);
    graph.flow(parts.result, given);
    if (parts.instance) graph.add(given, parts.instance);
  }
}
