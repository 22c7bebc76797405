/**
 * Owns what a call that defines properties says of accessors: which functions of the file come to stand behind which
 * names. `Object.defineProperty(o, 'row', { get() {…} })` and its kin, with descriptors that are written out there, built
 * up in a variable, or copied; and the helpers that compilers write into files for classes and for re-exports.
 *
 * A name that cannot be told is `null`. A call whose descriptors cannot be told at all is `unknown`: then every function
 * of the file that is called `get` or `set` may be an accessor of any name.
 *
 * A getter that only passes on what another object has under its own name (`get() { return from[key] }`, for `key`) brings
 * no name that is not an accessor's already.
 */
import {
  givesNoFunction,
  isFunction,
  keyName,
  staticKey,
  withoutParens,
  type Node,
} from '../compile/ast.ts';
import { calledAs, calleeName } from '../compile/called.ts';
import { valuesOf, type LocalValues } from './local-values.ts';

/** What runs when a property of this name is read or written. */
export type Defined =
  | { kind: 'function'; name: string | null; node: Node; forwards: boolean }
  /** A call of something that the World knows by this name. */
  | { kind: 'call'; name: string | null; callee: string | null }
  /** What runs under another name. */
  | { kind: 'copy'; name: string | null; of: string | null };

export interface Definitions {
  defined: Defined[];
  unknown: boolean;
  /** Each descriptor holds its name itself, as `key`. */
  keyed: boolean;
  /** The functions are those of an object, each under its own name: `get: all[name]`, for `name`. Who holds it. */
  listed: { all: string | null } | null;
}

interface Key {
  name: string | null;
  /** The variable that holds it. */
  variable: string | null;
}

class Definer {
  readonly found: Definitions = {
    defined: [],
    unknown: false,
    keyed: false,
    listed: null,
  };
  readonly #around: readonly Node[];
  /** Names of variables that are being looked into. */
  readonly #open: string[] = [];

  constructor(around: readonly Node[]) {
    this.#around = around;
  }

  unknown(): void {
    this.found.unknown = true;
  }

  key(node: Node): Key {
    const inner = withoutParens(node);
    const variable = inner.type === 'Identifier' ? (inner['name'] as string) : null;
    return { name: keyName(inner, true), variable };
  }

  /** One descriptor. */
  descriptor(node: Node, key: Key, sink: Node): void {
    const inner = withoutParens(node);
    switch (inner.type) {
      case 'ObjectExpression':
        for (const property of inner['properties'] as Node[]) this.#part(property, key);
        return;
      case 'ConditionalExpression':
        this.descriptor(inner['consequent'] as Node, key, sink);
        this.descriptor(inner['alternate'] as Node, key, sink);
        return;
      case 'LogicalExpression':
        this.descriptor(inner['left'] as Node, key, sink);
        this.descriptor(inner['right'] as Node, key, sink);
        return;
      case 'AssignmentExpression':
        if (inner['operator'] === '=') this.descriptor(inner['right'] as Node, key, sink);
        else this.unknown();
        return;
      case 'CallExpression':
        if (calleeName(inner['callee'] as Node) === 'getOwnPropertyDescriptor')
          this.#copied(inner, key);
        else this.unknown();
        return;
      case 'Identifier':
        if (inner['name'] !== 'undefined') this.#variable(inner, key, sink);
        return;
      default:
        if (!givesNoFunction(inner)) this.unknown();
    }
  }

  /** Many descriptors, by name. */
  descriptors(node: Node, sink: Node): void {
    const inner = withoutParens(node);
    if (inner.type === 'ObjectExpression') {
      for (const property of inner['properties'] as Node[]) this.#named(property, sink);
    } else if (inner.type === 'CallExpression') {
      // Those of another object, each under its own name.
      if (calleeName(inner['callee'] as Node) !== 'getOwnPropertyDescriptors') this.unknown();
    } else if (inner.type === 'Identifier') this.#container(inner['name'] as string, sink);
    else this.unknown();
  }

  #named(property: Node, sink: Node): void {
    const value = property['value'] as Node | undefined;
    if (property.type !== 'Property' || property['kind'] !== 'init' || isFunction(value!))
      this.unknown();
    else {
      const key = property['key'] as Node;
      const computed = property['computed'] as boolean;
      if (computed) this.descriptor(value!, this.key(key), sink);
      else this.descriptor(value!, { name: staticKey(key, false), variable: null }, sink);
    }
  }

  #part(property: Node, key: Key): void {
    const value = property['value'] as Node | undefined;
    if (property.type !== 'Property' || property['kind'] !== 'init') {
      this.unknown();
      return;
    }
    const name = staticKey(property['key'] as Node, property['computed'] as boolean);
    if (name === null || name === '__proto__') this.unknown();
    else if (name === 'get' || name === 'set') this.accessor(value!, key);
  }

  /** What stands under `get` or `set` in a descriptor. */
  accessor(value: Node, key: Key): void {
    const inner = withoutParens(value);
    const { defined } = this.found;
    const { name } = key;
    if (isFunction(inner)) {
      const forwards = this.#forwards(inner, key);
      defined.push({ kind: 'function', name, node: inner, forwards });
    } else if (inner.type === 'Identifier') {
      if (!givesNoFunction(inner))
        defined.push({ kind: 'call', name, callee: inner['name'] as string });
    } else if (inner.type === 'ConditionalExpression') {
      this.accessor(inner['consequent'] as Node, key);
      this.accessor(inner['alternate'] as Node, key);
    } else if (isListed(inner, key)) {
      const holder = inner['object'] as Node;
      this.found.listed = { all: (holder['name'] as string | undefined) ?? null };
    } else if (isBoundForward(inner, key)) return;
    else if (inner.type === 'CallExpression' && isLookup(inner)) this.#copied(inner, key, 0);
    else if (!givesNoFunction(inner)) {
      const callee = inner.type === 'MemberExpression' ? calleeName(inner) : null;
      // The getter of another descriptor goes by no name.
      const isNamed = callee !== 'get' && callee !== 'set';
      defined.push({ kind: 'call', name, callee: isNamed ? calledAs(inner) : null });
    }
  }

  /** `Object.getOwnPropertyDescriptor(from, key)` and `from.__lookupGetter__(key)`. */
  #copied(call: Node, key: Key, at = 1): void {
    const argument = (call['arguments'] as Node[])[at];
    if (!argument) return;
    const of = this.key(argument);
    if (of.variable !== null && this.#isSame(of.variable, key.variable)) return;
    if (of.name !== null && of.name === key.name) return;
    this.found.defined.push({ kind: 'copy', name: key.name, of: of.name });
  }

  #locals(name: string, allows: (parent: Node, variable: Node) => boolean): LocalValues | null {
    if (this.#open.includes(name)) return null;
    const found = valuesOf(name, this.#around, allows);
    return found && found.kind !== 'parameter' && !found.isLoops ? found : null;
  }

  /** A descriptor in a variable. */
  #variable(node: Node, key: Key, sink: Node): void {
    const name = node['name'] as string;
    const local = this.#locals(
      name,
      (parent, variable) =>
        variable === node || parent === sink || parent.type === 'MemberExpression',
    );
    if (!local) {
      this.unknown();
      return;
    }
    this.#open.push(name);
    for (const value of local.values) this.descriptor(value, key, sink);
    this.#open.pop();
    for (const { path, value } of local.stored) {
      if (path[0] === '__proto__') this.unknown();
      else if (path.length === 1 && /^[gs]et$/.test(path[0]!)) this.accessor(value, key);
    }
  }

  /** Descriptors in a variable, by name. */
  #container(name: string, sink: Node): void {
    const local = this.#locals(name, (parent) => parent === sink);
    if (!local || local.values.some((value) => withoutParens(value).type !== 'ObjectExpression')) {
      this.unknown();
      return;
    }
    this.#open.push(name);
    for (const value of local.values) this.descriptors(value, sink);
    this.#open.pop();
    for (const { path, value } of local.stored) {
      const key: Key = { name: path[0]!, variable: null };
      if (path.includes('__proto__') || path.length > 2) this.unknown();
      else if (path.length === 1) this.descriptor(value, key, sink);
      else if (/^[gs]et$/.test(path[1]!)) this.accessor(value, key);
    }
  }

  /** `function () { return from[key] }`, of the key under which it is defined. */
  #forwards(node: Node, { variable }: Key): boolean {
    const key =
      (node['params'] as Node[]).length === 0 && variable !== null ? keyReadBy(node) : null;
    if (key === null) return false;
    const holds = (name: string): ReturnType<typeof valuesOf> =>
      valuesOf(name, this.#around, () => true);
    const held = holds(key);
    // A `var` may hold another key by the time that it is read.
    if (held === null || held.kind === 'var') return false;
    if (held.kind !== 'parameter' && held.values.length > 1) return false;
    return this.#isSame(key, variable);
  }

  /**
   * Do the variables hold the same name? In TypeScript's `__createBinding(from, to, key, otherName)` they do but for calls
   * that name the other in so many words, which count for themselves.
   */
  #isSame(key: string, other: string | null): boolean {
    if (key === other) return true;
    const owner = this.#around.at(-1)!;
    const names = ((owner['params'] ?? []) as Node[]).map((each) => each['name'] as unknown);
    return names.length === 4 && names[2] === key && names[3] === other;
  }
}

/** `all[key]`, of the key under which it is defined. */
function isListed(node: Node, { variable }: Key): boolean {
  return (
    variable !== null &&
    node.type === 'MemberExpression' &&
    node['computed'] === true &&
    (node['property'] as Node)['name'] === variable
  );
}

/** `((k) => from[k]).bind(null, key)`, of the key under which it is defined. */
function isBoundForward(node: Node, { variable }: Key): boolean {
  if (node.type !== 'CallExpression' || calleeName(node['callee'] as Node) !== 'bind') return false;
  const bound = withoutParens((node['callee'] as Node)['object'] as Node);
  const [, key] = node['arguments'] as Node[];
  if (!isFunction(bound) || variable === null || key?.['name'] !== variable) return false;
  const [parameter] = bound['params'] as Node[];
  return parameter?.type === 'Identifier' && keyReadBy(bound) === parameter['name'];
}

/** `from.__lookupGetter__(key)` */
const isLookup = (call: Node): boolean =>
  /^__lookup[GS]etter__$/.test(calleeName(call['callee'] as Node) ?? '');

/** The variable in `return from[variable]`, if that is all that the function does. */
function keyReadBy(node: Node): string | null {
  let body = node['body'] as Node;
  if (body.type === 'BlockStatement') {
    const [only, ...others] = body['body'] as Node[];
    if (only?.type !== 'ReturnStatement' || others.length > 0 || only['argument'] === null)
      return null;
    body = only['argument'] as Node;
  }
  body = withoutParens(body);
  if (body.type !== 'MemberExpression' || body['computed'] !== true) return null;
  const [object, key] = [body['object'] as Node, body['property'] as Node];
  return object.type === 'Identifier' && key.type === 'Identifier' ? (key['name'] as string) : null;
}

/** Is it `descriptor.key`, or that through a helper, of the very descriptor that is defined? */
function isKeyOf(key: Node, descriptor: Node): boolean {
  let inner = withoutParens(key);
  if (inner.type === 'CallExpression') {
    const [only, ...others] = inner['arguments'] as Node[];
    if (!only || others.length > 0) return false;
    inner = withoutParens(only);
  }
  return (
    descriptor.type === 'Identifier' &&
    inner.type === 'MemberExpression' &&
    staticKey(inner['property'] as Node, inner['computed'] as boolean) === 'key' &&
    (inner['object'] as Node)['name'] === descriptor['name']
  );
}

/** What makes accessors of what it is given, with how many arguments. */
const DEFINES = new Map([
  ['defineProperty', 3],
  ['defineProperties', 2],
  ['create', 2],
  ['__defineGetter__', 2],
  ['__defineSetter__', 2],
]);

/** Is it one that may define accessors? */
export const mayDefine = (name: string): boolean => DEFINES.has(name);

/**
 * What a call defines.
 *
 * @param name what it calls (see `mayDefine`).
 * @param around the functions that it stands in, innermost last; the first is the program.
 */
export function definitionsOf(call: Node, name: string, around: readonly Node[]): Definitions {
  const args = call['arguments'] as Node[];
  const definer = new Definer(around);
  const { found } = definer;
  if (args.length < 2) {
    if (args.length === 1 && name !== 'create') definer.unknown();
    return found;
  }
  if (args.some((each) => each.type === 'SpreadElement') || args.length < DEFINES.get(name)!) {
    definer.unknown();
    return found;
  }
  const [, second, third] = args as [Node, Node, Node | undefined];
  if (name === 'defineProperty') {
    if (isKeyOf(second, withoutParens(third!))) found.keyed = true;
    else definer.descriptor(third!, definer.key(second), call);
  } else if (name.startsWith('__')) definer.accessor(second, definer.key(args[0]!));
  else definer.descriptors(second, call);
  return found;
}
