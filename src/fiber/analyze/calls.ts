/**
 * Owns what comes of a call in a followed program: of one of its own functions, of something that is not looked at, and
 * of what is known of the language, Node and coppice (see known-calls.ts). Loops and `await` are calls, too.
 */
import {
  callsOnly,
  givesData,
  givesReceiver,
  looksDeep,
  makesData,
  makesList,
  OURS_GIVES_CONTENT,
  OURS_GIVES_DATA,
  OURS_GIVES_NEW,
  OURS_KEEPS,
  OURS_MAKES,
  OURS_MAKES_DATA,
  OURS_RUNS,
  passesOn,
  storesInArgument,
  storesInReceiver,
} from './known-calls.ts';
import { Objects, VALUE } from './objects.ts';
import { ANY_KEY, ELEMENT, type Place, type Thing } from './points-to.ts';

export interface Argument {
  place: Place;
  spread: boolean;
}

export class Calls extends Objects {
  /** What goes through queues and messages. */
  readonly #sent = this.graph.place();
  /** What calls of coppice make, by the place of their results. */
  readonly #oursResults = new Map<Place, Thing>();

  protected bind(
    target: Thing,
    self: Place | null,
    args: readonly Argument[],
    result: Place,
    isNew: boolean,
  ): void {
    const { graph } = this;
    const parts = target.parts!;
    let spread = false;
    args.forEach((argument, index) => {
      spread ||= argument.spread;
      graph.flow(argument.place, parts.rest);
      parts.parameters.forEach((parameter, at) => {
        if (at === index || (spread && at >= index)) graph.flow(argument.place, parameter);
      });
    });
    graph.flow(parts.result, result);
    if (self !== null) graph.flow(self, parts.self);
    else if (parts.isSloppy) graph.add(parts.self, this.native('globalThis'));
    if (isNew) graph.add(result, this.instance(target));
  }

  protected instance(target: Thing): Thing {
    const parts = target.parts!;
    if (!parts.instance) {
      parts.instance = this.make('made');
      this.graph.flow(this.graph.field(target, 'prototype'), parts.instance.parents);
      this.graph.add(parts.self, parts.instance);
    }
    return parts.instance;
  }

  protected call(
    callee: Place,
    self: Place | null,
    args: readonly Argument[],
    how: { isNew?: boolean; isKnown?: boolean; isThrough?: boolean } = {},
  ): Place {
    const { graph } = this;
    const { isNew = false } = how;
    const result = graph.place();
    let box: Thing | undefined;
    let inside: Place | undefined;
    const all = this.union(callee);
    graph.each(all, (target) => {
      if (!this.once(target, `c${result}`)) return;
      switch (target.kind) {
        case 'function':
          this.bind(target, self, args, result, isNew);
          return;
        case 'box':
        case 'any':
          for (const { place } of args) graph.flow(place, target.content);
          if (self !== null) graph.flow(self, target.content);
          graph.flow(target.content, result);
          return;
        case 'list':
          // Bound functions, resolvers and the like.
          for (const { place } of args) graph.flow(place, graph.field(target, ANY_KEY));
          graph.flow(graph.field(target, ANY_KEY), result);
          graph.flow(graph.field(target, ANY_KEY), all);
          return;
        case 'native':
          this.callNative(target.name, self, args, result, {
            given: () => (box ??= this.make('list')),
            inside: () => (inside ??= graph.place()),
            isThrough: how.isThrough === true,
          });
          return;
        case 'ours':
          this.callOurs(target, args, result, how.isKnown === true);
          return;
        case 'made':
      }
    });
    return result;
  }

  protected callNative(
    name: string,
    self: Place | null,
    args: readonly Argument[],
    result: Place,
    site: { given: () => Thing; inside: () => Place; isThrough: boolean },
  ): void {
    const { graph } = this;
    if (givesData(name, args.length)) {
      if (makesData(name)) graph.add(result, site.given());
      return;
    }
    const member = name.slice(name.lastIndexOf('.') + 1);
    const isThrough = self !== null && /^(?:call|apply|bind)$/.test(member);
    if (isThrough && !site.isThrough) this.callThrough(self, args, result);
    const isSimple = passesOn(name);
    const made = site.given();
    const given = graph.field(made, isSimple ? ELEMENT : ANY_KEY);
    // What callbacks give is not what they are given.
    const inside = isSimple ? site.inside() : given;
    graph.flow(inside, given);
    if (/^(?:reduce|reduceRight|sort|toSorted)$/.test(member)) graph.flow(given, inside);
    graph.add(result, made);
    if (!makesList(name)) graph.flow(given, result);
    if (!isSimple || looksDeep(name)) this.open(inside, isSimple ? 'fields' : 'all');
    if (!isSimple) graph.add(inside, made);
    // Errors come to those who are told of them.
    const isPromise = /^(?:then|catch|finally)$/.test(member);
    if (!isSimple || isPromise) graph.flow(this.caught, inside);
    if (self !== null) {
      graph.each(self, (thing) => {
        const enter = (): void => {
          if (!isSimple || isPromise) graph.add(inside, thing);
          else if (givesReceiver(name)) graph.add(result, thing);
          this.elements(thing, inside);
          if (storesInReceiver(name))
            for (const { place } of args) this.store(graph.place(thing), ELEMENT, place);
        };
        const isPlain = thing.kind === 'made' || thing.kind === 'function';
        // A plain object has none of these methods, unless it takes after something that has.
        if (!isPlain || !(isSimple || isThrough) || isPromise) enter();
        else if (this.once(thing, `r${inside}`)) this.eachNativeParent(thing, enter);
      });
    }
    for (const [index, { place, spread }] of args.entries()) {
      if (!callsOnly(name, index) || spread) graph.flow(place, inside);
      else graph.each(place, (thing) => this.callBack(thing, self, inside, given));
      // `Object.assign(globalThis, …)`
      if (storesInArgument(name))
        graph.each(place, (thing) => {
          if (thing.kind === 'native' && !thing.name.startsWith(VALUE))
            graph.flow(inside, this.globals);
        });
    }
  }

  /** A function among the arguments of something that calls it with what is inside. */
  protected callBack(thing: Thing, self: Place | null, inside: Place, given: Place): void {
    if (!this.once(thing, `b${inside}`)) return;
    if (thing.parts) {
      this.callWithAll(thing.parts, inside, given);
      // The list itself comes last.
      for (const later of self === null
        ? []
        : [...thing.parts.parameters.slice(2), thing.parts.rest])
        this.graph.flow(self!, later);
    }
    if (thing.kind === 'ours')
      this.callOurs(thing, [{ place: inside, spread: false }], given, false);
    else if (thing.kind === 'box' || thing.kind === 'any') {
      this.graph.flow(inside, thing.content);
      this.graph.flow(thing.content, given);
      if (self !== null) this.graph.flow(self, thing.content);
    } else if (!thing.parts) this.graph.add(inside, thing);
  }

  /** `f.call(…)`, `f.apply(…)`, `f.bind(…)`: any argument may come to be any other. */
  protected callThrough(self: Place, args: readonly Argument[], result: Place): void {
    const { graph } = this;
    const inside = graph.place();
    this.open(inside, 'fields');
    for (const { place } of args) graph.flow(place, inside);
    const all = [0, 1, 2, 3, 4, 5, 6, 7].map(() => ({ place: inside, spread: true }));
    graph.flow(this.call(self, inside, all, { isThrough: true }), result);
    // What is bound.
    graph.flow(self, result);
  }

  protected callOurs(
    target: Thing,
    args: readonly Argument[],
    result: Place,
    isKnown: boolean,
  ): void {
    const { graph } = this;
    const { name } = target;
    let made = this.#oursResults.get(result);
    if (!made) this.#oursResults.set(result, (made = graph.thing('ours')));
    const given = made;
    const inside = graph.field(made, ANY_KEY);
    // A function of the package holds nothing; what it made does.
    const held = this.oursFunctions.has(target) ? graph.place() : graph.field(target, ANY_KEY);
    if (OURS_MAKES.has(name)) this.open(inside, 'all');
    else if (!OURS_RUNS.has(name) && !OURS_KEEPS.has(name)) this.open(inside, 'fields');
    graph.flow(held, inside);
    for (const { place } of args) {
      graph.each(place, (thing) => {
        if (!this.once(thing, `o${inside}`)) return;
        if (!thing.parts || OURS_KEEPS.has(name)) {
          graph.add(inside, thing);
          this.elements(thing, inside);
          graph.add(held, thing);
          return;
        }
        this.callWithAll(thing.parts, inside);
        if (!OURS_RUNS.has(name)) for (const each of thing.parts.parameters) graph.add(each, given);
        // Functions beside it may be its arguments.
        for (const other of args)
          if (other.place !== place)
            for (const each of thing.parts.parameters) graph.flow(other.place, each);
      });
    }
    if (OURS_KEEPS.has(name)) for (const { place } of args) graph.flow(place, this.#sent);
    if (OURS_GIVES_DATA.has(name)) {
      if (OURS_MAKES_DATA.has(name)) graph.add(result, this.make('list'));
      return;
    }
    if (name === 'blocking' && !isKnown) graph.add(inside, this.any);
    if (!OURS_GIVES_NEW.has(name)) graph.flow(inside, result);
    if (name === 'receive' || name === 'receiveAsync') graph.flow(this.#sent, result);
    if (!OURS_GIVES_CONTENT.has(name)) graph.add(result, given);
  }

  /** What a loop over it gives. */
  protected iterate(place: Place): Place {
    const { graph } = this;
    const to = graph.place();
    graph.each(place, (thing) => {
      if (thing.kind !== 'native') this.loadFrom(thing, null, to);
      // The pairs of a map are not told from what they hold.
      if (thing.kind === 'list') graph.add(to, thing);
    });
    // Iterators of the program's own stand under a computed key.
    const iterator = this.call(this.load(place, ANY_KEY), place, []);
    graph.flow(this.load(iterator, null), to);
    graph.flow(this.load(this.call(this.load(iterator, 'next'), iterator, []), null), to);
    return to;
  }

  protected await(place: Place): Place {
    const { graph } = this;
    const to = this.union(place);
    graph.each(place, (thing) => {
      if (thing.kind !== 'list' && thing.kind !== 'ours') return;
      graph.flow(graph.field(thing, ANY_KEY), to);
      graph.flow(graph.field(thing, ELEMENT), to);
    });
    const resolver = this.make('list');
    const args = [{ place: graph.place(resolver), spread: true }];
    this.call(this.load(place, 'then'), place, args);
    graph.flow(graph.field(resolver, ANY_KEY), to);
    return to;
  }
}
