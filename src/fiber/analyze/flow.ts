/**
 * Owns what a program's own files do with objects, as constraints on places (see points-to.ts), so that it can be told
 * what comes to the libraries that it uses (see reach.ts).
 *
 * A form that is not known here gives a thing that might be anything; what cannot be followed at all (`with`, `eval`) ends
 * the analysis with an error, and then anything may be anywhere.
 *
 * Past 400 lines because it is one table over the forms of the language.
 */
import { boundNames, childrenOf, staticKey, withoutParens, type Node } from '../compile/ast.ts';
import { Scope } from './bindings.ts';
import {
  METHODS,
  OURS_DATA,
  OURS_GIVES_CONTENT,
  OURS_GIVES_DATA,
  OURS_GIVES_NEW,
  OURS_KEEPS,
  OURS_MAKES,
  OURS_MAKES_DATA,
  OURS_RUNS,
  callsOnly,
  givesData,
  givesReceiver,
  isOursMethod,
  makesData,
  looksDeep,
  makesList,
  passesOn,
  storesInArgument,
  storesInReceiver,
} from './known-calls.ts';
import {
  ANY_KEY,
  ELEMENT,
  PointsTo,
  TooMuch,
  type FunctionParts,
  type Place,
  type Thing,
} from './points-to.ts';

/** What an import leads to: a file that is followed, a box by its number, or one of the others. */
export type Target =
  | { kind: 'file' | 'data'; path: string }
  | { kind: 'box'; index: number }
  | { kind: 'ours' | 'native' | 'any' };

export interface FlowFile {
  readonly path: string;
  readonly tree: Node;
  readonly isModule: boolean;
  /** By `import` or `require` and a specifier. */
  readonly targets: ReadonlyMap<string, Target>;
}

interface Argument {
  place: Place;
  spread: boolean;
}

/** Where code stands: whose `this`, `arguments` and `return` it has. */
interface Context {
  scope: Scope;
  self: Place;
  result: Place;
  rest: Place;
  /** Of a generator: what it gives. */
  generator: Thing | null;
  /** Where `super` looks. */
  home: Place;
  /** What `super(…)` calls. */
  superClass: Place;
  file: FlowFile;
}

/** What a file exports, for either loader. */
interface Exports {
  /** As `import * as` has it. */
  space: Thing;
  /** `module`, of a CommonJS file. */
  module: Thing | null;
}

/** Names what values of the language have in common, where the global object is not reached through them. */
const VALUE = '[]';

export class Flow {
  readonly graph: PointsTo;
  /** Something of which nothing is known; whatever it is given is in it. */
  readonly any: Thing;
  readonly boxes: Thing[] = [];
  readonly #empty: Place;
  /** What anybody can get from the global object or from Node. */
  readonly globals: Place;
  /** What the program throws, and what it may catch. */
  readonly #thrown: Place;
  readonly #caught: Place;
  readonly #sent: Place;
  readonly #natives = new Map<string, Thing>();
  readonly #ours: Thing;
  /** What the package exports. */
  readonly #oursFunctions = new Set<Thing>();
  /** Members of what it made, with what they are of. */
  readonly #oursOwners = new Map<Thing, Thing>();
  /** What its calls make, by the place of their results. */
  readonly #oursResults = new Map<Place, Thing>();
  readonly #exports = new Map<string, Exports>();
  /** Files of data, such as JSON. */
  readonly #data = new Map<string, Thing>();
  /** What is stored under each name, for the setters of that name. */
  readonly #stored = new Map<string, Place>();
  readonly #seen = new Map<Thing, Set<string>>();

  /** @param boxes how many there are. */
  constructor(files: readonly FlowFile[], boxes: number, limit: number) {
    const graph = (this.graph = new PointsTo(limit));
    this.#empty = graph.place();
    this.globals = graph.place();
    this.#thrown = graph.place();
    this.#caught = graph.place();
    graph.flow(this.#thrown, this.#caught);
    // What a library throws is an error that it made, which leads to nothing else, or what it was thrown itself.
    graph.add(this.#caught, this.#make('list'));
    this.#sent = graph.place();
    this.any = graph.thing('any', { content: graph.place() });
    graph.add(this.any.content, this.any);
    this.#open(this.any.content, 'all');
    this.#ours = graph.thing('ours', { name: 'coppice' });
    for (let index = 0; index < boxes; index++) {
      const box = graph.thing('box', { content: graph.place() });
      graph.add(box.content, box);
      graph.flow(this.globals, box.content);
      this.#open(box.content, 'all');
      this.boxes.push(box);
    }
    for (const file of files) {
      const module = file.isModule ? null : this.#make('made');
      this.#exports.set(file.path, { space: this.#make('made'), module });
    }
    for (const file of files) this.#file(file);
  }

  /** What a box that may load any file gets: what all of them export. */
  give(box: number): void {
    for (const { space, module } of this.#exports.values()) {
      this.graph.add(this.boxes[box]!.content, space);
      if (module) this.graph.add(this.boxes[box]!.content, module);
    }
  }

  solve(): void {
    this.graph.solve();
  }

  // What there is.

  #make(kind: 'made' | 'list'): Thing {
    const made = this.graph.thing(kind);
    if (kind === 'list') this.graph.add(made.parents, this.#native(VALUE));
    return made;
  }

  #native(name: string): Thing {
    let known = this.#natives.get(name);
    if (!known) this.#natives.set(name, (known = this.graph.thing('native', { name })));
    return known;
  }

  #union(...places: Place[]): Place {
    const to = this.graph.place();
    for (const place of places) this.graph.flow(place, to);
    return to;
  }

  /** Each thing that a prototype of it is, however far up. */
  #eachNativeParent(thing: Thing, then: () => void): void {
    this.graph.each(thing.parents, (parent) => {
      if (parent.kind === 'native') then();
      else if (parent !== thing && this.#once(thing, `n${parent.parents}`))
        this.#eachNativeParent(parent, then);
    });
  }

  #once(thing: Thing, what: string): boolean {
    let seen = this.#seen.get(thing);
    if (!seen) this.#seen.set(thing, (seen = new Set()));
    if (seen.has(what)) return false;
    seen.add(what);
    return true;
  }

  // Properties.

  #load(base: Place, key: string | null): Place {
    const to = this.graph.place();
    this.graph.each(base, (thing) => this.#loadFrom(thing, key, to));
    return to;
  }

  #loadFrom(thing: Thing, key: string | null, to: Place): void {
    if (!this.#once(thing, `${key ?? '\\'}:${to}`)) return;
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
        graph.each(thing.parents, (parent) => this.#loadFrom(parent, key, to));
        return;
      case 'box':
      case 'any':
        graph.flow(thing.content, to);
        return;
      case 'native': {
        const short = thing.name === '' || thing.name === 'globalThis' || thing.name === 'global';
        if (key === null) graph.add(to, thing);
        else graph.add(to, this.#native(short ? key : `${thing.name.split('.')[0]!}.${key}`));
        if (!thing.name.startsWith(VALUE)) graph.flow(this.globals, to);
        return;
      }
      case 'ours':
        if (key !== null && thing !== this.#ours && OURS_DATA.has(key)) return;
        graph.add(to, this.#oursMember(thing, key ?? ''));
        if (key === null || !isOursMethod(key)) graph.flow(graph.field(thing, ANY_KEY), to);
    }
  }

  /** A member of something of coppice, with what that holds. */
  #oursMember(of: Thing, name: string): Thing {
    // A member of a member counts as one of the same owner: `a = a.b` has an end.
    const thing = this.#oursOwners.get(of) ?? of;
    const place = this.graph.field(thing, `.${name}`);
    let [member] = this.graph.at(place);
    if (!member) {
      member = this.graph.thing('ours', { name });
      this.graph.add(place, member);
      this.#oursOwners.set(member, thing);
      if (thing !== this.#ours)
        this.graph.both(this.graph.field(thing, ANY_KEY), this.graph.field(member, ANY_KEY));
      else this.#oursFunctions.add(member);
    }
    return member;
  }

  #store(base: Place, key: string | null, from: Place): void {
    const { graph } = this;
    graph.flow(from, this.#storedUnder(key ?? ANY_KEY));
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

  #storedUnder(key: string): Place {
    let place = this.#stored.get(key);
    if (place === undefined) this.#stored.set(key, (place = this.graph.place()));
    return place;
  }

  /** What it holds. */
  #elements(thing: Thing, to: Place): void {
    const { graph } = this;
    if (thing.kind === 'ours') graph.flow(graph.field(thing, ANY_KEY), to);
    else if (thing.kind === 'box' || thing.kind === 'any') graph.flow(thing.content, to);
    else if (thing.kind !== 'native') graph.eachField(thing, (place) => graph.flow(place, to));
  }

  /** All that can be reached from things in a place is in it as well. */
  #open(place: Place, how: 'all' | 'fields'): void {
    const { graph } = this;
    graph.each(place, (thing) => {
      if (!this.#once(thing, `${how}${place}`)) return;
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
            this.#callWithAll(thing.parts, place);
            graph.flow(this.#thrown, place);
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

  // Calls.

  /** Somebody calls it with what is there, and what it gives is there too. */
  #callWithAll(parts: FunctionParts, place: Place, given = place): void {
    const { graph } = this;
    for (const parameter of parts.parameters) graph.flow(place, parameter);
    graph.flow(place, parts.rest);
    graph.flow(place, parts.self);
    graph.flow(parts.result, given);
    if (parts.instance) graph.add(given, parts.instance);
  }

  #bind(
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
    else if (parts.isSloppy) graph.add(parts.self, this.#native('globalThis'));
    if (isNew) graph.add(result, this.#instance(target));
  }

  #instance(target: Thing): Thing {
    const parts = target.parts!;
    if (!parts.instance) {
      parts.instance = this.#make('made');
      this.graph.flow(this.graph.field(target, 'prototype'), parts.instance.parents);
      this.graph.add(parts.self, parts.instance);
    }
    return parts.instance;
  }

  #call(
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
    const all = this.#union(callee);
    graph.each(all, (target) => {
      if (!this.#once(target, `c${result}`)) return;
      switch (target.kind) {
        case 'function':
          this.#bind(target, self, args, result, isNew);
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
          this.#callNative(target.name, self, args, result, {
            given: () => (box ??= this.#make('list')),
            inside: () => (inside ??= graph.place()),
            isThrough: how.isThrough === true,
          });
          return;
        case 'ours':
          this.#callOurs(target, args, result, how.isKnown === true);
          return;
        case 'made':
      }
    });
    return result;
  }

  #callNative(
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
    if (isThrough && !site.isThrough) this.#callThrough(self, args, result);
    const isSimple = passesOn(name);
    const made = site.given();
    const given = graph.field(made, isSimple ? ELEMENT : ANY_KEY);
    // What callbacks give is not what they are given.
    const inside = isSimple ? site.inside() : given;
    graph.flow(inside, given);
    if (/^(?:reduce|reduceRight|sort|toSorted)$/.test(member)) graph.flow(given, inside);
    graph.add(result, made);
    if (!makesList(name)) graph.flow(given, result);
    if (!isSimple || looksDeep(name)) this.#open(inside, isSimple ? 'fields' : 'all');
    if (!isSimple) graph.add(inside, made);
    // Errors come to those who are told of them.
    const isPromise = /^(?:then|catch|finally)$/.test(member);
    if (!isSimple || isPromise) graph.flow(this.#caught, inside);
    if (self !== null) {
      graph.each(self, (thing) => {
        const enter = (): void => {
          if (!isSimple || isPromise) graph.add(inside, thing);
          else if (givesReceiver(name)) graph.add(result, thing);
          this.#elements(thing, inside);
          if (storesInReceiver(name))
            for (const { place } of args) this.#store(graph.place(thing), ELEMENT, place);
        };
        const isPlain = thing.kind === 'made' || thing.kind === 'function';
        // A plain object has none of these methods, unless it takes after something that has.
        if (!isPlain || !(isSimple || isThrough) || isPromise) enter();
        else if (this.#once(thing, `r${inside}`)) this.#eachNativeParent(thing, enter);
      });
    }
    for (const [index, { place, spread }] of args.entries()) {
      if (!callsOnly(name, index) || spread) graph.flow(place, inside);
      else graph.each(place, (thing) => this.#callBack(thing, self, inside, given));
      // `Object.assign(globalThis, …)`
      if (storesInArgument(name))
        graph.each(place, (thing) => {
          if (thing.kind === 'native' && !thing.name.startsWith(VALUE))
            graph.flow(inside, this.globals);
        });
    }
  }

  /** A function among the arguments of something that calls it with what is inside. */
  #callBack(thing: Thing, self: Place | null, inside: Place, given: Place): void {
    if (!this.#once(thing, `b${inside}`)) return;
    if (thing.parts) {
      this.#callWithAll(thing.parts, inside, given);
      // The list itself comes last.
      for (const later of self === null
        ? []
        : [...thing.parts.parameters.slice(2), thing.parts.rest])
        this.graph.flow(self!, later);
    }
    if (thing.kind === 'ours')
      this.#callOurs(thing, [{ place: inside, spread: false }], given, false);
    else if (thing.kind === 'box' || thing.kind === 'any') {
      this.graph.flow(inside, thing.content);
      this.graph.flow(thing.content, given);
      if (self !== null) this.graph.flow(self, thing.content);
    } else if (!thing.parts) this.graph.add(inside, thing);
  }

  /** `f.call(…)`, `f.apply(…)`, `f.bind(…)`: any argument may come to be any other. */
  #callThrough(self: Place, args: readonly Argument[], result: Place): void {
    const { graph } = this;
    const inside = graph.place();
    this.#open(inside, 'fields');
    for (const { place } of args) graph.flow(place, inside);
    const all = [0, 1, 2, 3, 4, 5, 6, 7].map(() => ({ place: inside, spread: true }));
    graph.flow(this.#call(self, inside, all, { isThrough: true }), result);
    // What is bound.
    graph.flow(self, result);
  }

  #callOurs(target: Thing, args: readonly Argument[], result: Place, isKnown: boolean): void {
    const { graph } = this;
    const { name } = target;
    let made = this.#oursResults.get(result);
    if (!made) this.#oursResults.set(result, (made = graph.thing('ours')));
    const given = made;
    const inside = graph.field(made, ANY_KEY);
    // A function of the package holds nothing; what it made does.
    const held = this.#oursFunctions.has(target) ? graph.place() : graph.field(target, ANY_KEY);
    if (OURS_MAKES.has(name)) this.#open(inside, 'all');
    else if (!OURS_RUNS.has(name) && !OURS_KEEPS.has(name)) this.#open(inside, 'fields');
    graph.flow(held, inside);
    for (const { place } of args) {
      graph.each(place, (thing) => {
        if (!this.#once(thing, `o${inside}`)) return;
        if (!thing.parts || OURS_KEEPS.has(name)) {
          graph.add(inside, thing);
          this.#elements(thing, inside);
          graph.add(held, thing);
          return;
        }
        this.#callWithAll(thing.parts, inside);
        if (!OURS_RUNS.has(name)) for (const each of thing.parts.parameters) graph.add(each, given);
        // Functions beside it may be its arguments.
        for (const other of args)
          if (other.place !== place)
            for (const each of thing.parts.parameters) graph.flow(other.place, each);
      });
    }
    if (OURS_KEEPS.has(name)) for (const { place } of args) graph.flow(place, this.#sent);
    if (OURS_GIVES_DATA.has(name)) {
      if (OURS_MAKES_DATA.has(name)) graph.add(result, this.#make('list'));
      return;
    }
    if (name === 'blocking' && !isKnown) graph.add(inside, this.any);
    if (!OURS_GIVES_NEW.has(name)) graph.flow(inside, result);
    if (name === 'receive' || name === 'receiveAsync') graph.flow(this.#sent, result);
    if (!OURS_GIVES_CONTENT.has(name)) graph.add(result, given);
  }

  /** What a loop over it gives. */
  #iterate(place: Place): Place {
    const { graph } = this;
    const to = graph.place();
    graph.each(place, (thing) => {
      if (thing.kind !== 'native') this.#loadFrom(thing, null, to);
      // The pairs of a map are not told from what they hold.
      if (thing.kind === 'list') graph.add(to, thing);
    });
    // Iterators of the program's own stand under a computed key.
    const iterator = this.#call(this.#load(place, ANY_KEY), place, []);
    graph.flow(this.#load(iterator, null), to);
    graph.flow(this.#load(this.#call(this.#load(iterator, 'next'), iterator, []), null), to);
    return to;
  }

  #await(place: Place): Place {
    const { graph } = this;
    const to = this.#union(place);
    graph.each(place, (thing) => {
      if (thing.kind !== 'list' && thing.kind !== 'ours') return;
      graph.flow(graph.field(thing, ANY_KEY), to);
      graph.flow(graph.field(thing, ELEMENT), to);
    });
    const resolver = this.#make('list');
    const args = [{ place: graph.place(resolver), spread: true }];
    this.#call(this.#load(place, 'then'), place, args);
    graph.flow(graph.field(resolver, ANY_KEY), to);
    return to;
  }

  // Files.

  #target(target: Target | undefined, how: string): Place {
    const { graph } = this;
    switch (target?.kind) {
      case 'file': {
        const { space, module } = this.#exports.get(target.path)!;
        if (how === 'import' || how === 'url' || !module) return graph.place(space);
        return this.#load(graph.place(module), 'exports');
      }
      case 'box':
        return graph.place(this.boxes[target.index]!);
      case 'ours':
        return graph.place(this.#ours);
      case 'native':
        return graph.place(this.#native(''));
      case 'data': {
        let held = this.#data.get(target.path);
        if (!held) this.#data.set(target.path, (held = this.#make('list')));
        return graph.place(held);
      }
      default:
        return graph.place(this.any);
    }
  }

  #file(file: FlowFile): void {
    const { graph } = this;
    const scope = new Scope(graph, null);
    const { space, module } = this.#exports.get(file.path)!;
    const context: Context = {
      scope,
      self: graph.place(),
      result: graph.place(),
      rest: graph.place(),
      generator: null,
      home: this.#empty,
      superClass: this.#empty,
      file,
    };
    if (module) {
      const exports = this.#make('made');
      graph.add(graph.field(module, 'exports'), exports);
      graph.add(context.self, exports);
      graph.add(scope.declare('exports'), exports);
      graph.add(scope.declare('module'), module);
      graph.add(scope.declare('require'), this.#native('require'));
      scope.declare('__filename');
      scope.declare('__dirname');
      const whole = graph.field(module, 'exports');
      graph.flow(whole, graph.field(space, 'default'));
      graph.flow(whole, graph.field(space, 'module.exports'));
      graph.flow(whole, space.parents);
    }
    const statements = file.tree['body'] as Node[];
    scope.hoist(statements);
    for (const statement of statements) this.#value(statement, context);
  }

  // Functions.

  #function(node: Node, context: Context, home: Place | null = null): Thing {
    const { graph } = this;
    const isArrow = node.type === 'ArrowFunctionExpression';
    const scope = new Scope(graph, context.scope);
    const rest = graph.place();
    const inner: Context = {
      ...context,
      scope,
      result: graph.place(),
      generator: null,
      ...(!isArrow && { self: graph.place(), rest, home: home ?? this.#empty }),
    };
    const parameters = node['params'] as Node[];
    const parts: FunctionParts = {
      parameters: parameters.map(() => graph.place()),
      rest,
      self: isArrow ? graph.place() : inner.self,
      result: graph.place(),
      instance: null,
      file: context.file.path,
      start: node.start,
      isSloppy: !context.file.isModule,
    };
    const made = graph.thing('function', { parts });
    graph.add(made.parents, this.#native(VALUE));
    if (!isArrow) {
      const prototype = this.#make('made');
      graph.add(graph.field(made, 'prototype'), prototype);
      graph.add(graph.field(prototype, 'constructor'), made);
    }
    if (node['id'] && node.type !== 'FunctionDeclaration')
      graph.add(scope.declare((node['id'] as Node)['name'] as string), made);
    for (const parameter of parameters)
      for (const name of boundNames(parameter)) scope.declare(name);
    if (node['generator']) {
      inner.generator = this.#make('list');
      graph.add(parts.result, inner.generator);
      // Who has the generator can run it.
      graph.add(inner.generator.parents, made);
      graph.flow(inner.result, graph.field(inner.generator, ELEMENT));
    } else graph.flow(inner.result, parts.result);
    parameters.forEach((parameter, index) => {
      if (parameter.type === 'RestElement') {
        const all = this.#make('list');
        graph.flow(parts.rest, graph.field(all, ELEMENT));
        graph.flow(parts.parameters[index]!, graph.field(all, ELEMENT));
        this.#assign(parameter['argument'] as Node, graph.place(all), inner);
      } else this.#assign(parameter, parts.parameters[index]!, inner);
    });
    const body = node['body'] as Node;
    if (body.type === 'BlockStatement') {
      scope.hoist(body['body'] as Node[]);
      for (const statement of body['body'] as Node[]) this.#value(statement, inner);
    } else graph.flow(this.#value(body, inner), inner.result);
    return made;
  }

  #class(node: Node, context: Context): Thing {
    const { graph } = this;
    const superClass = node['superClass']
      ? this.#value(node['superClass'] as Node, context)
      : this.#empty;
    const elements = (node['body'] as Node)['body'] as Node[];
    const prototype = this.#make('made');
    const home = graph.place(prototype);
    const scope = new Scope(graph, context.scope);
    const outer: Context = { ...context, scope, superClass };
    const written = elements.find((element) => element['kind'] === 'constructor');
    const implicit: Node = {
      type: 'FunctionExpression',
      start: node.start,
      end: node.end,
      params: [],
      body: { type: 'BlockStatement', start: node.start, end: node.end, body: [] },
    };
    // As a name inside the class, it is there before its parts are looked at.
    const name = node['id'] ? scope.declare((node['id'] as Node)['name'] as string) : null;
    const made = this.#function((written?.['value'] as Node) ?? implicit, outer, home);
    const parts = made.parts!;
    if (name !== null) graph.add(name, made);
    graph.add(graph.field(made, 'prototype'), prototype);
    graph.add(graph.field(prototype, 'constructor'), made);
    const instance = this.#instance(made);
    const selves = graph.field(prototype, '#selves');
    graph.add(selves, instance);
    graph.each(superClass, (parent) => {
      graph.add(made.parents, parent);
      if (parent.kind === 'function') {
        graph.flow(graph.field(parent, 'prototype'), prototype.parents);
        graph.each(graph.field(parent, 'prototype'), (above) =>
          graph.flow(selves, graph.field(above, '#selves')),
        );
      } else {
        graph.add(prototype.parents, parent);
        // Its constructor, and whatever it does with the class, knows the instance.
        if (parent.content >= 0) graph.add(parent.content, instance);
      }
    });
    if (!written) {
      const args = [{ place: parts.rest, spread: true }];
      graph.flow(this.#call(superClass, parts.self, args), parts.self);
    }
    for (const element of elements) {
      const holder = element['static'] ? graph.place(made) : home;
      const inner: Context = {
        ...outer,
        self: element['static'] ? graph.place(made) : selves,
        home: holder,
      };
      if (element.type === 'StaticBlock') {
        for (const statement of element['body'] as Node[])
          this.#value(statement, { ...inner, self: graph.place(made), home: graph.place(made) });
        continue;
      }
      const key = staticKey(element['key'] as Node, element['computed'] as boolean);
      if (element['computed']) this.#value(element['key'] as Node, context);
      if (element.type === 'PropertyDefinition') {
        if (element['value']) {
          const owner = element['static'] ? graph.place(made) : graph.place(instance);
          this.#store(owner, key, this.#value(element['value'] as Node, inner));
        }
      } else if (element !== written) this.#method(element, key, inner, holder);
    }
    return made;
  }

  /** A method, getter or setter of a class or an object. */
  #method(element: Node, key: string | null, context: Context, holder: Place): void {
    const { graph } = this;
    const made = this.#function(element['value'] as Node, context, context.home);
    const { parts } = made;
    const { kind } = element;
    if (kind !== 'get' && kind !== 'set') {
      this.#store(holder, key, graph.place(made));
      return;
    }
    graph.flow(context.self, parts!.self);
    if (kind === 'get') this.#store(holder, key, parts!.result);
    else {
      for (const parameter of parts!.parameters) {
        if (key !== null) graph.flow(this.#storedUnder(key), parameter);
        graph.flow(this.#storedUnder(ANY_KEY), parameter);
      }
      if (key === null) throw new TooMuch('a setter under a computed key');
    }
    // Who gets the object may come to run it.
    graph.each(holder, (thing) =>
      graph.add(graph.field(thing, `${String(kind)} ${key ?? ANY_KEY}`), made),
    );
  }

  // Forms.

  #assign(target: Node, from: Place, context: Context): void {
    const { graph } = this;
    switch (target.type) {
      case 'Identifier': {
        const place = context.scope.find(target['name'] as string);
        graph.flow(from, place ?? this.globals);
        return;
      }
      case 'MemberExpression': {
        const base = this.#base(target, context);
        const key = staticKey(target['property'] as Node, target['computed'] as boolean);
        if (target['computed']) this.#value(target['property'] as Node, context);
        this.#store(base, key, from);
        return;
      }
      case 'ParenthesizedExpression':
        this.#assign(target['expression'] as Node, from, context);
        return;
      case 'AssignmentPattern':
        this.#assign(target['left'] as Node, from, context);
        this.#assign(
          target['left'] as Node,
          this.#value(target['right'] as Node, context),
          context,
        );
        return;
      case 'ObjectPattern':
        for (const property of target['properties'] as Node[]) {
          if (property.type === 'RestElement') {
            const rest = this.#make('made');
            graph.flow(this.#load(from, null), graph.field(rest, ANY_KEY));
            this.#assign(property['argument'] as Node, graph.place(rest), context);
            continue;
          }
          if (property['computed']) this.#value(property['key'] as Node, context);
          const key = staticKey(property['key'] as Node, property['computed'] as boolean);
          this.#assign(property['value'] as Node, this.#load(from, key), context);
        }
        return;
      case 'ArrayPattern': {
        const items = this.#iterate(from);
        for (const element of target['elements'] as (Node | null)[]) {
          if (element?.type === 'RestElement') {
            const rest = this.#make('list');
            graph.flow(items, graph.field(rest, ELEMENT));
            this.#assign(element['argument'] as Node, graph.place(rest), context);
          } else if (element) this.#assign(element, items, context);
        }
        return;
      }
      default:
        throw new TooMuch(`cannot assign to ${target.type}`);
    }
  }

  /** What a member is read from or written to. */
  #base(member: Node, context: Context): Place {
    const object = member['object'] as Node;
    return object.type === 'Super' ? context.self : this.#value(object, context);
  }

  #arguments(nodes: readonly Node[], context: Context): Argument[] {
    return nodes.map((node) =>
      node.type === 'SpreadElement'
        ? { place: this.#iterate(this.#value(node['argument'] as Node, context)), spread: true }
        : { place: this.#value(node, context), spread: false },
    );
  }

  #callExpression(node: Node, context: Context): Place {
    const { graph } = this;
    const callee = withoutParens(node['callee'] as Node);
    const nodes = node['arguments'] as Node[];
    const args = this.#arguments(nodes, context);
    if (callee.type === 'Identifier' && callee['name'] === 'eval')
      throw new TooMuch('eval can do anything');
    const how = { isKnown: nodes[0]?.type === 'NewExpression' };
    const loaded = this.#loaded(nodes, callee, context);
    let result: Place;
    if (callee.type === 'Super') {
      result = this.#call(context.superClass, context.self, args, how);
      graph.flow(result, context.self);
    } else if (callee.type === 'MemberExpression') {
      const key = staticKey(callee['property'] as Node, callee['computed'] as boolean);
      if (callee['computed']) this.#value(callee['property'] as Node, context);
      const isSuper = (callee['object'] as Node).type === 'Super';
      const self = this.#base(callee, context);
      const method = isSuper ? this.#superMember(key, context) : this.#load(self, key);
      // Of what nothing is known, a method of the language: under a computed name one that calls, or one that stores.
      for (const name of key === null ? ['map', 'push'] : METHODS.has(key) ? [key] : [])
        graph.add(method, this.#native(`${VALUE}.${name}`));
      result = this.#call(method, self, args, how);
    } else result = this.#call(this.#value(callee, context), null, args, how);
    return loaded === null ? result : this.#union(result, loaded);
  }

  /** What `require('…')` gives, under whatever name `require` goes here. */
  #loaded(nodes: readonly Node[], callee: Node, context: Context): Place | null {
    const [first] = nodes;
    const target = first && context.file.targets.get(`require ${String(textNode(first)['value'])}`);
    if (target) return this.#target(target, 'require');
    return callee['name'] === 'require' ? this.graph.place(this.any) : null;
  }

  #superMember(key: string | null, context: Context): Place {
    const to = this.graph.place();
    this.graph.each(context.home, (home) => {
      this.graph.each(home.parents, (parent) => this.#loadFrom(parent, key, to));
    });
    return to;
  }

  #new(node: Node, context: Context): Place {
    const { graph } = this;
    const nodes = node['arguments'] as Node[];
    const args = this.#arguments(nodes, context);
    const result = this.#call(this.#value(node['callee'] as Node, context), null, args, {
      isNew: true,
      isKnown: true,
    });
    const [first] = nodes;
    const target = first && context.file.targets.get(`url ${String(textNode(first)['value'])}`);
    // `blocking(new URL('./db.js', import.meta.url))` calls the functions of that module.
    if (target) {
      const url = this.#make('list');
      graph.flow(this.#target(target, 'url'), graph.field(url, ANY_KEY));
      graph.add(result, url);
    }
    return result;
  }

  #object(node: Node, context: Context): Thing {
    const { graph } = this;
    const made = this.#make('made');
    const holder = graph.place(made);
    for (const property of node['properties'] as Node[]) {
      if (property.type === 'SpreadElement') {
        const from = this.#value(property['argument'] as Node, context);
        graph.flow(this.#load(from, null), graph.field(made, ANY_KEY));
        continue;
      }
      const key = staticKey(property['key'] as Node, property['computed'] as boolean);
      if (property['computed']) this.#value(property['key'] as Node, context);
      if (property['kind'] !== 'init')
        this.#method(property, key, { ...context, self: holder, home: holder }, holder);
      else if (property['method'])
        this.#store(
          holder,
          key,
          graph.place(this.#function(property['value'] as Node, context, holder)),
        );
      else this.#store(holder, key, this.#value(property['value'] as Node, context));
    }
    return made;
  }

  #identifier(name: string, context: Context): Place {
    const { graph } = this;
    const place = context.scope.find(name);
    if (place !== null) return place;
    if (name === 'undefined' || name === 'NaN' || name === 'Infinity') return this.#empty;
    if (name === 'arguments') {
      const all = this.#make('list');
      graph.both(context.rest, graph.field(all, ELEMENT));
      return graph.place(all);
    }
    return this.#union(graph.place(this.#native(name)), this.globals);
  }

  #import(node: Node, context: Context): void {
    const from = this.#target(this.#importTarget(node['source'] as Node, context), 'import');
    for (const specifier of node['specifiers'] as Node[]) {
      const local = context.scope.declare((specifier['local'] as Node)['name'] as string);
      const imported = specifier['imported'] as Node | undefined;
      const isSpace = specifier.type === 'ImportNamespaceSpecifier';
      const name = imported ? nameIn(imported) : 'default';
      this.graph.flow(isSpace ? from : this.#load(from, name), local);
    }
  }

  #importTarget(source: Node, context: Context): Target | undefined {
    return context.file.targets.get(`import ${String(source['value'])}`);
  }

  #export(node: Node, context: Context): void {
    const { graph } = this;
    const { space } = this.#exports.get(context.file.path)!;
    const source = node['source'] as Node | null;
    const from = source && this.#target(this.#importTarget(source, context), 'import');
    if (node.type === 'ExportAllDeclaration') {
      if (node['exported']) graph.flow(from!, graph.field(space, nameIn(node['exported'] as Node)));
      else graph.flow(from!, space.parents);
      return;
    }
    if (node.type === 'ExportDefaultDeclaration') {
      const declared = node['declaration'] as Node;
      graph.flow(this.#value(declared, context), graph.field(space, 'default'));
      return;
    }
    const declared = node['declaration'] as Node | null;
    if (declared) {
      this.#value(declared, context);
      const names = declared['id']
        ? boundNames(declared['id'] as Node)
        : (declared['declarations'] as Node[]).flatMap((each) => boundNames(each['id'] as Node));
      for (const name of names) graph.flow(context.scope.declare(name), graph.field(space, name));
    }
    for (const specifier of node['specifiers'] as Node[]) {
      const local = nameIn(specifier['local'] as Node);
      const place = from === null ? this.#identifier(local, context) : this.#load(from, local);
      graph.flow(place, graph.field(space, nameIn(specifier['exported'] as Node)));
    }
  }

  /** What an expression gives. Statements give nothing. */
  #value(node: Node, context: Context): Place {
    const { graph } = this;
    switch (node.type) {
      case 'Literal':
      case 'EmptyStatement':
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'DebuggerStatement':
        return this.#empty;
      case 'Identifier':
        return this.#identifier(node['name'] as string, context);
      case 'ThisExpression':
        return context.self;
      case 'FunctionDeclaration': {
        const made = this.#function(node, context);
        if (node['id'])
          graph.add(context.scope.declare((node['id'] as Node)['name'] as string), made);
        return graph.place(made);
      }
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return graph.place(this.#function(node, context));
      case 'ClassDeclaration':
      case 'ClassExpression': {
        const made = this.#class(node, context);
        if (node['id'] && node.type === 'ClassDeclaration')
          graph.add(context.scope.declare((node['id'] as Node)['name'] as string), made);
        return graph.place(made);
      }
      case 'ObjectExpression':
        return graph.place(this.#object(node, context));
      case 'ArrayExpression': {
        const made = this.#make('list');
        const elements = (node['elements'] as (Node | null)[]).filter((each) => each !== null);
        for (const { place } of this.#arguments(elements, context))
          graph.flow(place, graph.field(made, ELEMENT));
        return graph.place(made);
      }
      case 'MemberExpression': {
        const key = staticKey(node['property'] as Node, node['computed'] as boolean);
        if (node['computed']) this.#value(node['property'] as Node, context);
        if ((node['object'] as Node).type === 'Super') return this.#superMember(key, context);
        return this.#load(this.#value(node['object'] as Node, context), key);
      }
      case 'CallExpression':
        return this.#callExpression(node, context);
      case 'NewExpression':
        return this.#new(node, context);
      case 'TaggedTemplateExpression': {
        const tag = withoutParens(node['tag'] as Node);
        const isMember =
          tag.type === 'MemberExpression' && (tag['object'] as Node).type !== 'Super';
        const self = isMember ? this.#base(tag, context) : null;
        const quasi = node['quasi'] as Node;
        const args = this.#arguments(quasi['expressions'] as Node[], context);
        const strings = { place: graph.place(this.#make('list')), spread: false };
        return this.#call(this.#value(tag, context), self, [strings, ...args]);
      }
      case 'ImportExpression': {
        this.#value(node['source'] as Node, context);
        return this.#target(
          this.#importTarget(textNode(node['source'] as Node), context),
          'import',
        );
      }
      case 'AssignmentExpression': {
        const value = this.#value(node['right'] as Node, context);
        this.#assign(node['left'] as Node, value, context);
        return node['operator'] === '='
          ? value
          : this.#union(value, this.#valueBefore(node, context));
      }
      case 'LogicalExpression':
        return this.#union(
          this.#value(node['left'] as Node, context),
          this.#value(node['right'] as Node, context),
        );
      case 'ConditionalExpression':
        this.#value(node['test'] as Node, context);
        return this.#union(
          this.#value(node['consequent'] as Node, context),
          this.#value(node['alternate'] as Node, context),
        );
      case 'SequenceExpression': {
        const places = (node['expressions'] as Node[]).map((each) => this.#value(each, context));
        return places.at(-1)!;
      }
      case 'ParenthesizedExpression':
      case 'ChainExpression':
        return this.#value(node['expression'] as Node, context);
      case 'AwaitExpression':
        return this.#await(this.#value(node['argument'] as Node, context));
      case 'YieldExpression': {
        const { generator } = context;
        const given = node['argument']
          ? this.#value(node['argument'] as Node, context)
          : this.#empty;
        if (generator === null) throw new TooMuch('a yield outside of a generator');
        const place = graph.field(generator, ELEMENT);
        graph.flow(node['delegate'] ? this.#iterate(given) : given, place);
        return this.#union(place, graph.field(generator, ANY_KEY));
      }
      case 'MetaProperty':
        return (node['meta'] as Node)['name'] === 'import'
          ? graph.place(this.#make('made'))
          : this.#load(context.self, 'constructor');
      case 'UnaryExpression':
      case 'UpdateExpression':
        this.#value(node['argument'] as Node, context);
        return this.#empty;
      case 'BinaryExpression':
        if ((node['left'] as Node).type !== 'PrivateIdentifier')
          this.#value(node['left'] as Node, context);
        this.#value(node['right'] as Node, context);
        return this.#empty;
      case 'TemplateLiteral':
        for (const each of node['expressions'] as Node[]) this.#value(each, context);
        return this.#empty;
      case 'ImportDeclaration':
        this.#import(node, context);
        return this.#empty;
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ExportDefaultDeclaration':
        this.#export(node, context);
        return this.#empty;
      case 'VariableDeclaration':
        for (const each of node['declarations'] as Node[])
          if (each['init'])
            this.#assign(each['id'] as Node, this.#value(each['init'] as Node, context), context);
        return this.#empty;
      case 'ReturnStatement':
        if (node['argument'])
          graph.flow(this.#value(node['argument'] as Node, context), context.result);
        return this.#empty;
      case 'ThrowStatement':
        graph.flow(this.#value(node['argument'] as Node, context), this.#thrown);
        return this.#empty;
      case 'CatchClause':
        if (node['param']) this.#assign(node['param'] as Node, this.#caught, context);
        this.#value(node['body'] as Node, context);
        return this.#empty;
      case 'ForOfStatement': {
        const items = this.#iterate(this.#value(node['right'] as Node, context));
        this.#assign(targetIn(node), node['await'] ? this.#await(items) : items, context);
        this.#value(node['body'] as Node, context);
        return this.#empty;
      }
      case 'ForInStatement':
        this.#value(node['right'] as Node, context);
        this.#assign(targetIn(node), this.#empty, context);
        this.#value(node['body'] as Node, context);
        return this.#empty;
      case 'LabeledStatement':
        return this.#value(node['body'] as Node, context);
      case 'BlockStatement':
      case 'ExpressionStatement':
      case 'IfStatement':
      case 'ForStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'SwitchStatement':
      case 'SwitchCase':
      case 'TryStatement':
        for (const child of childrenOf(node)) this.#value(child, context);
        return this.#empty;
      default:
        throw new TooMuch(`does not know ${node.type}`);
    }
  }

  /** What stood in the target of `a ??= b` before. */
  #valueBefore(node: Node, context: Context): Place {
    const left = withoutParens(node['left'] as Node);
    return left.type === 'Identifier' || left.type === 'MemberExpression'
      ? this.#value(left, context)
      : this.#empty;
  }
}

/** Of `for (x of …)` and `for (const x of …)`. */
function targetIn(loop: Node): Node {
  const left = loop['left'] as Node;
  return left.type === 'VariableDeclaration'
    ? ((left['declarations'] as Node[])[0]!['id'] as Node)
    : left;
}

/** A literal, also where the source writes a template. */
function textNode(node: Node): Node {
  const inner = withoutParens(node);
  if (inner.type !== 'TemplateLiteral') return inner;
  const [only] = inner['quasis'] as Node[];
  return { ...inner, value: (only!['value'] as { cooked: string }).cooked };
}

/** An identifier, or the string that stands in its place. */
const nameIn = (node: Node): string => (node['name'] ?? node['value']) as string;
