/**
 * Owns what one file says about names: which functions it defines under which names, what each of them calls and
 * reads, and which names may hold functions from elsewhere.
 *
 * Everything is by name, since types are unknown: `x` for variables, `.x` for properties. That is coarse in the safe
 * direction: two things of one name are taken for one another.
 *
 * Past 400 lines because every form that can name, pass on or hide a function fills the same table in one walk.
 */
import {
  boundNames,
  childrenOf,
  givesNoFunction,
  isClass,
  isFunction,
  keyName,
  staticKey,
  takesName,
  withoutParens,
  type Node,
} from '../compile/ast.ts';
import { bareName, calledAs, calleeName, callsSome } from '../compile/called.ts';
import { isSafeCall } from '../compile/sites.ts';
import { listedGetters, type Helper } from './listed-getters.ts';
import { NameFlow, resultOf } from './name-flow.ts';
import { definitionsOf, mayDefine, type Defined } from './accessors.ts';

export interface FunctionFacts {
  /** Where it stands in the file. */
  start: number;
  names: string[];
  /** Names that it calls; `null` among them: something unnamed. */
  calls: (string | null)[];
  reads: (string | null)[];
  iterates: boolean;
  kind: 'function' | 'generator' | 'async' | 'accessor' | 'constructor' | 'program';
  /** A literal that stands as a value, so that anybody may come to call it. */
  value: boolean;
  /** A literal that is stored under a computed key, so that it may be called by any name. */
  keyed?: true;
  /** An element of a class: under the name `get`, it is no part of a descriptor. */
  element: boolean;
  /** Of an accessor: it passes on what stands under its own name elsewhere, and brings no name. */
  forwards?: true;
  /**
   * Of an accessor: it is one if descriptors are used as somebody may use them: `described`, if any are of which this file
   * does not tell the name; `keyed`, if anywhere each of them tells its own.
   */
  only?: 'described' | 'keyed';
}

export interface FileFacts {
  functions: FunctionFacts[];
  /** Names that hold functions which the text does not tell: parameters, results, elements. */
  open: Set<string>;
  /** Names that are used other than by calling them. */
  values: Set<string>;
  /** Accessors are defined by calls of which it cannot be told what they are given. */
  definesAccessors: boolean;
  /** Accessors are defined of descriptors that hold their own names, as `key`. */
  definesKeyed: boolean;
  /** It loads what its text does not name. */
  loadsAnything: boolean;
  /** It says `f.bind(…)`: what is bound may come to be called where it can suspend. */
  binds: boolean;
  /** Names that stand for what another name stands for, also: that are given what stands under it. */
  aliases: (readonly [alias: string, name: string])[];
  imports: Import[];
}

/** What a file imports, requires or exports again. */
export interface Import {
  from: string;
  /** What asks for it: `import`, `require`, or `new URL(…, import.meta.url)`, which only names it. */
  how: 'import' | 'require' | 'url';
  /** The names that it is bound to. */
  names: string[];
  /** What each of them was called there; `*` for the whole module, and for what cannot be told. */
  imported: string[];
  /** Others can import it from here. */
  exported: boolean;
  /** The whole module goes somewhere where its members are not named. */
  loose: boolean;
}

/** Where what stands for a function does not stand in the file. */
export const NOWHERE = -2;

class Collector {
  readonly #flow = new NameFlow();

  readonly facts: FileFacts = {
    functions: [],
    open: this.#flow.opened,
    values: new Set(),
    definesAccessors: false,
    definesKeyed: false,
    loadsAnything: false,
    binds: false,
    aliases: this.#flow.aliases,
    imports: [],
  };

  /** `require` is a parameter here. */
  #hidesRequire = false;

  /** What `createRequire` gave, beside `require` itself. */
  readonly #requires = new Set(['require']);

  /** Names that are used other than by naming a member of theirs. */
  readonly #loose = new Set<string>();

  /** The functions that code stands in, innermost last; the first is the program. */
  readonly #around: Node[];

  /** Variables that hold `Object.defineProperty` or its like. */
  readonly #definers = new Map<string, string>();

  /** By where it stands: what a function is an accessor for. */
  readonly #accessors = new Map<number, { of: Defined; isOnly: boolean }[]>();

  /** The names of each of them. */
  readonly #names: string[][] = [[]];

  /** What makes accessors of the functions in an object. */
  readonly #helpers: Helper[] = [];

  /** Variables that the file has. */
  readonly #variables = new Set<string>();

  /** By the function. */
  readonly #made = new Map<Node, FunctionFacts>();

  /** Something is stored as a `key`. */
  #storesKeys = false;

  constructor(program: Node) {
    this.#around = [program];
  }

  /** To be called when all is visited. */
  finish(): FileFacts {
    for (const facts of this.facts.functions.slice()) {
      if (facts.kind !== 'function') continue;
      for (const { of, isOnly } of this.#accessors.get(facts.start) ?? []) {
        const made = isOnly && facts.kind === 'function' ? facts : { ...facts };
        if (made !== facts) this.facts.functions.push(made);
        made.kind = 'accessor';
        made.names = of.name === null ? [] : [of.name];
        if (of.kind === 'function' && of.forwards) made.forwards = true;
      }
    }
    if (this.#helpers.length > 0) this.#list();
    this.#globals();
    // Descriptors without a name of their own may be given one.
    this.facts.definesAccessors ||= this.facts.definesKeyed && this.#storesKeys;
    for (const one of this.facts.imports) {
      one.loose ||= one.names.some(
        (name, index) => one.imported[index] === '*' && this.#loose.has(name),
      );
    }
    return this.facts;
  }

  /** Variables of no file are properties of the global object. */
  #globals(): void {
    const isGlobal = (name: string | null): name is string =>
      name !== null &&
      !name.startsWith('.') &&
      !name.endsWith('()') &&
      name !== 'super' &&
      !this.#variables.has(name) &&
      !(name in globalThis);
    for (const { calls, names, kind } of this.facts.functions) {
      for (const name of calls) if (isGlobal(name)) this.#flow.alias(name, `.${name}`);
      if (kind === 'accessor') continue;
      for (const name of names) if (isGlobal(name)) this.#flow.alias(`.${name}`, name);
    }
    for (const [alias, name] of this.facts.aliases.slice()) {
      if (isGlobal(name)) this.#flow.alias(name, `.${name}`);
      if (isGlobal(alias)) this.#flow.alias(`.${alias}`, alias);
    }
  }

  #list(): void {
    const functions = new Map(this.facts.functions.map((facts) => [facts.start, facts]));
    for (const property of listedGetters(this.#around[0]!, this.#helpers)) {
      const value = withoutParens(property['value'] as Node);
      const name = keyName(property['key'] as Node, property['computed'] as boolean);
      if (!isFunction(value)) this.#calls(name, value);
      else {
        const facts = functions.get(value.start)!;
        if (facts.kind === 'function')
          this.facts.functions.push({
            ...facts,
            kind: 'accessor',
            names: name === null ? [] : [name],
          });
      }
    }
  }

  /** An accessor that is what an expression gives. */
  #calls(name: string | null, value: Node): FunctionFacts | null {
    if (givesNoFunction(value)) return null;
    const made = this.begin('accessor', [name], false, NOWHERE);
    const callee = calledAs(value);
    // The getter of another descriptor goes by no name.
    const isNamed = callee !== null && callee !== '.get' && callee !== '.set';
    made.calls.push(isNamed ? callee : null);
    if (!isNamed) made.reads.push(null);
    return made;
  }

  imported(from: string, how: Import['how'], exported = false): Import {
    const made: Import = { from, how, names: [], imported: [], exported, loose: false };
    this.facts.imports.push(made);
    return made;
  }

  /** Is the call one of `require`, or of another that loads what it is given? */
  requires(node: Node): boolean {
    const callee = withoutParens(node['callee'] as Node);
    if (callee.type === 'Identifier') return this.#requires.has(callee['name'] as string);
    if (callee.type === 'MemberExpression')
      return (callee['object'] as Node)['name'] === 'module' && calleeName(callee) === 'require';
    return isCreateRequire(callee);
  }

  /** Is it `require(…)`, `import(…)` or `await import(…)`? */
  imports(node: Node): boolean {
    if (node.type === 'AwaitExpression')
      return this.imports(withoutParens(node['argument'] as Node));
    if (node.type === 'ImportExpression') return true;
    return node.type === 'CallExpression' && this.requires(node);
  }

  /** What a member is named of, or a pattern takes apart. */
  object(node: Node, into: FunctionFacts): void {
    const inner = withoutParens(node);
    if (inner.type === 'Identifier') {
      this.facts.values.add(inner['name'] as string);
      return;
    }
    const before = this.facts.imports.length;
    this.visit(node, into);
    const last = this.facts.imports[before];
    if (last && this.imports(inner)) last.loose = false;
  }

  declare(pattern: Node | null): void {
    for (const name of boundNames(pattern)) this.#variables.add(name);
  }

  /** What the function gives that is being visited. */
  gives(value: Node): void {
    const node = this.#around.at(-1)!;
    if (node['async'] === true || node['generator'] === true) return;
    for (const name of this.#names.at(-1)!) this.#flow.put(`${name}()`, value);
  }

  begin(
    kind: FunctionFacts['kind'],
    names: (string | null)[],
    value: boolean,
    start: number,
  ): FunctionFacts {
    const known = names.filter((name) => name !== null);
    const made: FunctionFacts = {
      start,
      names: known,
      calls: [],
      reads: [],
      iterates: false,
      kind,
      value,
      element: false,
    };
    this.facts.functions.push(made);
    return made;
  }

  /** The names that a function or a class brings. */
  own(node: Node): string[] {
    const also = this.#flow.alsoOf(node);
    if (!node['id']) return [...also];
    const name = (node['id'] as Node)['name'] as string;
    this.#variables.add(name);
    return [name, ...also];
  }

  /** A function under the names that it is given where it stands. */
  enter(
    node: Node,
    names: (string | null)[],
    value: boolean,
    kind?: FunctionFacts['kind'],
    element = false,
  ): void {
    const own = this.own(node);
    const how = kind ?? (node['async'] ? 'async' : node['generator'] ? 'generator' : 'function');
    const facts = this.begin(how, [...own, ...names], value, node.start);
    facts.element = element;
    this.#made.set(node, facts);
    this.#around.push(node);
    this.#names.push(facts.names);
    const outer = this.#hidesRequire;
    for (const parameter of node['params'] as Node[]) {
      this.declare(parameter);
      this.#flow.open(parameter);
      this.pattern(parameter, facts);
      // As bundles have it: their modules are given a `require` of the bundle's own.
      if (boundNames(parameter).includes('require')) this.#hidesRequire = true;
    }
    const body = node['body'] as Node;
    if (body.type !== 'BlockStatement') this.gives(body);
    this.visit(body, facts);
    this.#hidesRequire = outer;
    this.#around.pop();
    this.#names.pop();
  }

  pattern(node: Node, into: FunctionFacts): void {
    if (node.type === 'Identifier') return;
    if (node.type === 'AssignmentPattern') {
      this.pattern(node['left'] as Node, into);
      this.visit(node['right'] as Node, into);
      return;
    }
    if (node.type === 'MemberExpression') {
      this.visit(node, into);
      return;
    }
    if (node.type === 'Property') {
      const name = staticKey(node['key'] as Node, node['computed'] as boolean);
      into.reads.push(name);
      if (node['computed']) this.visit(node['key'] as Node, into);
      const value = node['value'] as Node;
      this.pattern(value, into);
      return;
    }
    if (node.type === 'ArrayPattern') into.iterates = true;
    for (const child of childrenOf(node)) this.pattern(child, into);
  }

  /** A value that gets a name: a literal is known by it, anything else makes the name open. */
  bind(name: string | null, value: Node, into: FunctionFacts): void {
    const inner = withoutParens(value);
    if (isFunction(inner)) this.enter(inner, [name], name === null);
    else if (isClass(inner)) this.class(inner, [name], into);
    else {
      if (name !== null) this.#flow.put(name, inner);
      if (name === '.get' || name === '.set') this.described(inner);
      this.visit(value, into);
    }
    if (name === null && isFunction(inner)) this.#made.get(inner)!.keyed = true;
  }

  class(node: Node, names: (string | null)[], into: FunctionFacts): void {
    const all = [...this.own(node), ...names];
    const isKeyed = names.includes(null);
    const parent = node['superClass'] as Node | null;
    if (parent) {
      // What a class gives for `new` may be what its parent gives.
      const given = resultOf(withoutParens(parent));
      for (const name of all) if (name !== null) this.#flow.given(`${name}()`, given);
      this.visit(parent, into);
    }
    let made: FunctionFacts | null = null;
    // What the values of its fields do is done by who constructs it.
    // Without a name it is a value, and anybody may come to construct it.
    const isValue = all.length === 0;
    const fields = this.begin('constructor', all, isValue, node.start);
    for (const element of (node['body'] as Node)['body'] as Node[]) {
      if (element.type === 'StaticBlock') {
        for (const statement of element['body'] as Node[]) this.visit(statement, into);
        continue;
      }
      const key = element['key'] as Node;
      const name = propertyName(key, element['computed'] as boolean);
      if (element['computed']) this.visit(key, into);
      if (element.type === 'PropertyDefinition') {
        const user = element['static'] === true ? into : fields;
        if (element['value']) this.bind(name, element['value'] as Node, user);
        continue;
      }
      const value = element['value'] as Node;
      if (element['kind'] === 'constructor') {
        this.enter(value, all, isValue, 'constructor');
        made = this.#made.get(value)!;
        if (isKeyed) made.keyed = true;
      } else if (element['kind'] === 'method') {
        this.enter(value, [name], name === null, undefined, true);
        if (name === null) this.#made.get(value)!.keyed = true;
      } else {
        // What it gives may be called at once.
        if (name !== null && element['kind'] === 'get') this.facts.open.add(name);
        this.enter(value, [keyName(key, element['computed'] as boolean)], false, 'accessor');
      }
    }
    if (made) {
      made.calls.push(...fields.calls);
      made.reads.push(...fields.reads);
      made.iterates ||= fields.iterates;
    } else if (parent) fields.calls.push('super');
    if (isKeyed) fields.keyed = true;
  }

  import(node: Node): void {
    const made = this.imported(literalOf(node['source'] as Node), 'import');
    for (const specifier of node['specifiers'] as Node[]) {
      const local = (specifier['local'] as Node)['name'] as string;
      const name = importedName(specifier);
      made.names.push(local);
      made.imported.push(name);
      this.#variables.add(local);
      // What an older module exports by default is its all.
      if (name === 'default') this.facts.open.add(local);
      if (name !== '*') this.#flow.alias(local, `.${name}`);
    }
  }

  export(node: Node, into: FunctionFacts): void {
    const source = node['source'] as Node | null;
    const made = source && this.imported(literalOf(source), 'import', true);
    // `export * as name`
    if (made && node['exported']) made.loose = true;
    for (const specifier of (node['specifiers'] ?? []) as Node[]) {
      const exported = nameIn(specifier['exported'] as Node);
      const local = nameIn(specifier['local'] as Node);
      this.#flow.alias(`.${exported}`, made ? `.${local}` : local);
      if (made) {
        made.names.push(exported);
        made.imported.push(local);
      } else this.#loose.add(local);
    }
    const declared = node['declaration'] as Node | null;
    if (!declared) return;
    this.visit(declared, into);
    const names = declared['id']
      ? [nameIn(declared['id'] as Node)]
      : (declared['declarations'] as Node[]).flatMap(({ id }) => boundNames(id as Node));
    for (const name of names) this.#flow.alias(`.${name}`, name);
  }

  call(node: Node, into: FunctionFacts): void {
    const callee = withoutParens(node['callee'] as Node);
    if (callee.type === 'Super') into.calls.push('super');
    else if (this.requires(node)) {
      const [target] = node['arguments'] as Node[];
      const from = target && textOf(target);
      if (typeof from === 'string') this.imported(from, 'require').loose = true;
      else this.facts.loadsAnything ||= !this.#hidesRequire;
      into.calls.push('require');
      if (callee.type !== 'Identifier') this.visit(callee, into);
    } else if (isFunction(callee)) this.enter(callee, [], true);
    else {
      const name = calleeName(callee);
      if (name === 'bind') this.facts.binds = true;
      if (callee.type === 'MemberExpression') {
        this.member(callee, into);
        into.reads.push(name);
      } else if (callee.type !== 'Identifier') this.visit(callee, into);
    }
    for (const argument of node['arguments'] as Node[]) this.value(argument, into);
    if (callee.type !== 'Super' && !this.requires(node) && !isSafeCall(callee))
      this.called(node, into);
    this.define(node, callee);
    this.rename(node, callee);
  }

  /** Functions that it calls where they stand: what they call is called here. */
  called(node: Node, into: FunctionFacts): void {
    callsSome(
      node,
      (name) => {
        into.calls.push(name);
        return false;
      },
      (literal) => {
        const facts = this.#made.get(literal)!;
        if (facts.kind !== 'function') return false;
        into.calls.push(...facts.calls);
        into.reads.push(...facts.reads);
        into.iterates ||= facts.iterates;
        return false;
      },
    );
  }

  /** `new URL('./job.js', import.meta.url)`: what that names is loaded by somebody. */
  url(node: Node): void {
    if ((node['callee'] as Node)['name'] !== 'URL') return;
    const [target, base] = node['arguments'] as Node[];
    const from = target ? textOf(target) : null;
    if (from !== null && isOwnUrl(base)) this.imported(from, 'url');
  }

  /** A call that may define accessors. */
  define(node: Node, callee: Node): void {
    const called = calleeName(callee);
    if (called === null) return;
    const alias = callee.type === 'Identifier' ? this.#definers.get(called) : undefined;
    const name = alias ?? called;
    if (!mayDefine(name)) return;
    const holder = (callee['object'] as Node | undefined)?.['name'] as unknown;
    // Anything else may be somebody's own function of the name, and its argument no descriptor.
    const isOnly =
      alias !== undefined || holder === 'Object' || holder === 'Reflect' || name.startsWith('__');
    const { defined, unknown, keyed, listed } = definitionsOf(node, name, this.#around);
    this.facts.definesAccessors ||= unknown;
    this.facts.definesKeyed ||= keyed;
    if (listed)
      this.#helpers.push({
        node: this.#around.at(-1)!,
        names: this.#names.at(-1)!.map(bareName),
        ...listed,
      });
    for (const each of defined) this.defined(each, isOnly);
  }

  defined(of: Defined, isOnly: boolean): void {
    if (of.name !== null) this.facts.open.add(`.${of.name}`);
    if (of.kind === 'function') this.accessor(of.node, { of, isOnly });
    else {
      const made = this.begin('accessor', [of.name], false, NOWHERE);
      if (of.kind === 'call') made.calls.push(of.callee);
      if (of.kind === 'copy') made.reads.push(of.of);
      else if (of.callee === null) made.reads.push(null);
    }
  }

  accessor(node: Node, how: { of: Defined; isOnly: boolean }): void {
    const known = this.#accessors.get(node.start);
    if (known) known.push(how);
    else this.#accessors.set(node.start, [how]);
  }

  /** `__createBinding(exports, from, 'name', 'otherName')`, whatever the helper is called here. */
  rename(node: Node, callee: Node): void {
    const args = node['arguments'] as Node[];
    if (args.length !== 4) return;
    const [name, other] = [keyName(args[2]!, true), keyName(args[3]!, true)];
    const isHelper = calleeName(callee) === '__createBinding';
    if (!isHelper && (name === null || other === null)) return;
    if (name !== other || name === null)
      this.begin('accessor', [other], false, NOWHERE).reads.push(name);
  }

  /** What is no function of this text and stands under `get` or `set`: perhaps in a descriptor. */
  described(value: Node): void {
    const made = this.#calls(null, value);
    if (made) made.only = 'described';
  }

  /** `{ key: 'name', get: function () {…} }`, as helpers for classes take it, in this file or another. */
  keyed(node: Node): void {
    const properties = node['properties'] as Node[];
    const valueOf = (wanted: string): Node | undefined =>
      properties.find(
        (each) =>
          each.type === 'Property' &&
          staticKey(each['key'] as Node, each['computed'] as boolean) === wanted,
      )?.['value'] as Node | undefined;
    const key = valueOf('key');
    if (!key) return;
    const name = keyName(key, true);
    for (const part of ['get', 'set']) {
      const value = valueOf(part);
      const inner = value && withoutParens(value);
      if (!inner) continue;
      if (isFunction(inner)) {
        const facts = this.facts.functions.findLast(({ start }) => start === inner.start);
        if (facts?.kind !== 'function') continue;
        const made: FunctionFacts = {
          ...facts,
          kind: 'accessor',
          names: name === null ? [] : [name],
        };
        if (name === null) made.only = 'keyed';
        this.facts.functions.push(made);
      } else this.#calls(name, inner);
    }
  }

  member(node: Node, into: FunctionFacts): void {
    const object = node['object'] as Node;
    const key = staticKey(node['property'] as Node, node['computed'] as boolean);
    if (key === null) this.visit(object, into);
    else this.object(object, into);
    if (node['computed']) this.visit(node['property'] as Node, into);
  }

  value(node: Node, into: FunctionFacts): void {
    const inner = withoutParens(node);
    if (isFunction(inner)) this.enter(inner, [], true);
    else if (isClass(inner)) this.class(inner, [], into);
    else this.visit(node, into);
  }

  declarator(node: Node, into: FunctionFacts): void {
    const id = node['id'] as Node;
    const init = node['init'] as Node | null;
    const inner = init && withoutParens(init);
    const importing = inner && this.imports(inner);
    this.declare(id);
    if (inner && id.type === 'Identifier') {
      if (isCreateRequire(inner)) this.#requires.add(id['name'] as string);
      this.namesDefiner(id['name'] as string, inner);
    }
    const before = this.facts.imports.length;
    if (id.type !== 'Identifier') {
      this.#flow.open(id);
      this.pattern(id, into);
      if (inner && namesAll(id)) this.object(inner, into);
      else if (init) this.visit(init, into);
      const made = importing && this.facts.imports[before];
      if (made) bindAll(made, id);
    } else if (init) {
      this.bind(id['name'] as string, init, into);
      const made = importing && this.facts.imports[before];
      if (made) {
        made.names.push(id['name'] as string);
        made.imported.push('*');
        made.loose = false;
      }
    } else if (!takesName(node)) this.facts.open.add(id['name'] as string);
  }

  /** `const define = Object.defineProperty` */
  namesDefiner(name: string, value: Node): void {
    if (value.type !== 'MemberExpression') return;
    const of = calleeName(value);
    const holder = (value['object'] as Node)['name'] as unknown;
    if (of !== null && mayDefine(of) && (holder === 'Object' || holder === 'Reflect'))
      this.#definers.set(name, of);
  }

  visit(node: Node, into: FunctionFacts): void {
    switch (node.type) {
      case 'FunctionDeclaration':
        this.enter(node, [], false);
        return;
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        this.enter(node, [], true);
        return;
      case 'ClassDeclaration':
      case 'ClassExpression':
        this.class(node, [], into);
        return;
      case 'ImportDeclaration':
        this.import(node);
        return;
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
        this.export(node, into);
        return;
      case 'ExportDefaultDeclaration': {
        const declared = node['declaration'] as Node;
        this.bind('.default', declared, into);
        return;
      }
      case 'ImportExpression': {
        const source = node['source'] as Node;
        const from = textOf(source);
        if (from === null) this.facts.loadsAnything = true;
        else this.imported(from, 'import').loose = true;
        this.visit(source, into);
        return;
      }
      case 'VariableDeclarator':
        this.declarator(node, into);
        return;
      case 'AssignmentExpression':
        this.assignment(node, into);
        return;
      case 'CallExpression':
        this.call(node, into);
        return;
      case 'NewExpression':
        this.url(node);
        into.calls.push(calledAs(node['callee'] as Node));
        this.visit(node['callee'] as Node, into);
        for (const argument of node['arguments'] as Node[]) this.value(argument, into);
        return;
      case 'TaggedTemplateExpression':
        into.calls.push(calledAs(node['tag'] as Node));
        this.visit(node['tag'] as Node, into);
        this.visit(node['quasi'] as Node, into);
        return;
      case 'ObjectExpression':
        for (const property of node['properties'] as Node[]) this.property(property, into);
        this.keyed(node);
        return;
      case 'MemberExpression':
        into.reads.push(staticKey(node['property'] as Node, node['computed'] as boolean));
        this.facts.values.add(calledAs(node) ?? '');
        this.member(node, into);
        return;
      case 'UnaryExpression':
        // `typeof require` asks for it and does not take it.
        if (node['operator'] === 'typeof') this.object(node['argument'] as Node, into);
        else this.visit(node['argument'] as Node, into);
        return;
      case 'Identifier':
        if (node['name'] === 'require') this.facts.loadsAnything ||= !this.#hidesRequire;
        this.facts.values.add(node['name'] as string);
        this.#loose.add(node['name'] as string);
        return;
      case 'ForOfStatement':
      case 'SpreadElement':
        into.iterates = true;
        break;
      case 'CatchClause':
        this.declare(node['param'] as Node | null);
        this.#flow.open(node['param'] as Node | null);
        this.visit(node['body'] as Node, into);
        return;
      case 'YieldExpression':
        if (node['delegate']) into.iterates = true;
        break;
      case 'ReturnStatement':
        if (node['argument']) this.gives(node['argument'] as Node);
        break;
      case 'LabeledStatement':
        this.visit(node['body'] as Node, into);
        return;
      case 'BreakStatement':
      case 'ContinueStatement':
        return;
      default:
    }
    for (const child of childrenOf(node)) this.visit(child, into);
  }

  property(node: Node, into: FunctionFacts): void {
    if (node.type === 'SpreadElement') {
      this.visit(node['argument'] as Node, into);
      return;
    }
    const name = propertyName(node['key'] as Node, node['computed'] as boolean);
    if (node['computed']) this.visit(node['key'] as Node, into);
    const value = node['value'] as Node;
    if (node['kind'] !== 'init') {
      const under = keyName(node['key'] as Node, node['computed'] as boolean);
      if (name !== null && node['kind'] === 'get') this.facts.open.add(name);
      this.enter(value, [under], false, 'accessor');
    } else if (node['shorthand']) {
      if (name === '.get' || name === '.set') this.described(value);
      if (name !== null) this.#flow.put(name, value);
      this.visit(value, into);
    } else this.bind(name, value, into);
  }

  assignment(node: Node, into: FunctionFacts): void {
    const left = withoutParens(node['left'] as Node);
    const right = node['right'] as Node;
    if (left.type === 'Identifier') {
      this.namesDefiner(left['name'] as string, withoutParens(right));
      this.bind(left['name'] as string, right, into);
    } else if (left.type === 'MemberExpression') {
      const name = staticKey(left['property'] as Node, left['computed'] as boolean);
      this.#storesKeys ||= name === 'key';
      into.reads.push(name);
      this.visit(left['object'] as Node, into);
      if (left['computed']) this.visit(left['property'] as Node, into);
      this.bind(calledAs(left), right, into);
    } else {
      this.#flow.open(left);
      this.pattern(left, into);
      this.visit(right, into);
    }
  }
}

const literalOf = (node: Node): string => String(node['value']);

/** A property's name in the table. */
function propertyName(key: Node, computed: boolean): string | null {
  const name = keyName(key, computed);
  return name === null ? null : `.${name}`;
}

/** An identifier, or the string that stands in its place. */
const nameIn = (node: Node): string => (node['name'] ?? node['value']) as string;

function importedName(specifier: Node): string {
  const imported = specifier['imported'] as Node | undefined;
  if (imported) return nameIn(imported);
  return specifier.type === 'ImportNamespaceSpecifier' ? '*' : 'default';
}

/** A string that the source spells out. */
function textOf(node: Node): string | null {
  const inner = withoutParens(node);
  if (inner.type === 'Literal') return typeof inner['value'] === 'string' ? inner['value'] : null;
  if (inner.type !== 'TemplateLiteral') return null;
  const [only, ...others] = inner['quasis'] as Node[];
  return others.length === 0 ? (only!['value'] as { cooked: string }).cooked : null;
}

/** Is it `createRequire(…)`, of whatever it is a member? */
function isCreateRequire(node: Node): boolean {
  return node.type === 'CallExpression' && calleeName(node['callee'] as Node) === 'createRequire';
}

/** Is it `import.meta.url`? */
function isOwnUrl(node: Node | undefined): boolean {
  const of = node?.type === 'MemberExpression' ? (node['object'] as Node) : undefined;
  return of?.type === 'MetaProperty' && (node!['property'] as Node)['name'] === 'url';
}

/** Does the pattern name each property that it takes? */
function namesAll(pattern: Node): boolean {
  return (
    pattern.type === 'ObjectPattern' &&
    (pattern['properties'] as Node[]).every(
      (each) =>
        each.type === 'Property' && staticKey(each['key'] as Node, each['computed'] as boolean),
    )
  );
}

/** What the pattern takes of a module; what it does not name counts as the whole. */
function bindAll(made: Import, pattern: Node): void {
  const named = namesAll(pattern);
  made.loose = !named;
  const properties = named ? (pattern['properties'] as Node[]) : [];
  for (const each of properties) {
    const key = staticKey(each['key'] as Node, each['computed'] as boolean) as string;
    for (const name of boundNames(each['value'] as Node)) {
      made.names.push(name);
      made.imported.push(key);
    }
  }
}

/** Collects the facts of a parsed file. */
export function collectFacts(program: Node): FileFacts {
  const collector = new Collector(program);
  const top = collector.begin('program', [], false, -1);
  for (const statement of program['body'] as Node[]) collector.visit(statement, top);
  return collector.finish();
}
