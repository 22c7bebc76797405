/**
 * Owns what becomes of a value that is put somewhere under a name: the name stands for another name, for what calls of
 * something give, for a function of this text, for data, or for something that the text does not tell.
 */
import { bareName, calledAs, callsOthers } from '../compile/called.ts';
import {
  boundNames,
  childrenOf,
  givesNoFunction,
  isFunction,
  staticKey,
  withoutParens,
  type Node,
} from '../compile/ast.ts';

/** The name for what calls of something give. */
export function resultOf(callee: Node): string | null {
  const called = calledAs(callee);
  return called === null || called.endsWith('()') ? null : `${called}()`;
}

/** Follows the names of one file. */
export class NameFlow {
  /** Names that hold functions which the text does not tell. */
  readonly opened = new Set<string>();

  /** Names that stand for what another name stands for, also. */
  readonly aliases: (readonly [alias: string, name: string])[] = [];

  /** What is in the list of aliases, by name. */
  readonly #known = new Map<string, Set<string>>();

  /** Names that a function gets beside those that it has where it stands. */
  readonly #also = new Map<Node, string[]>();

  /** Those of this function. */
  alsoOf(literal: Node): readonly string[] {
    return this.#also.get(literal) ?? [];
  }

  alias(alias: string, name: string | null): void {
    if (name === null || alias === name) return;
    const known = this.#known.get(name);
    if (known?.has(alias)) return;
    if (known) known.add(alias);
    else this.#known.set(name, new Set([alias]));
    this.aliases.push([alias, name]);
  }

  /** What a pattern takes by name is known by it. */
  open(pattern: Node | null): void {
    if (pattern?.type !== 'ObjectPattern') {
      for (const name of boundNames(pattern)) this.opened.add(name);
      return;
    }
    for (const each of pattern['properties'] as Node[]) {
      const key =
        each.type === 'Property'
          ? staticKey(each['key'] as Node, each['computed'] as boolean)
          : null;
      const value = each['value'] as Node | undefined;
      if (key === null || value === undefined) this.open(value ?? (each['argument'] as Node));
      else this.#taken(value, key);
    }
  }

  /** A name that is given what a function gives which is called where it stands. Whether that can be told. */
  #returned(literal: Node, name: string): boolean {
    if (literal['async'] === true || literal['generator'] === true) return false;
    const body = literal['body'] as Node;
    if (body.type === 'BlockStatement') this.#returns(body, name);
    else this.put(name, body);
    return true;
  }

  #returns(node: Node, name: string): void {
    if (node.type === 'ReturnStatement') {
      if (node['argument']) this.put(name, node['argument'] as Node);
    } else if (
      /Statement$|^SwitchCase$|^CatchClause$/.test(node.type) &&
      node.type !== 'ExpressionStatement'
    )
      for (const child of childrenOf(node)) this.#returns(child, name);
  }

  /** A name that is given what stands under another. */
  given(name: string, other: string | null): void {
    // Elements are not known by name, nor are built-ins by another one than their own: `const each = list.forEach`.
    const key = other === null ? '' : bareName(other);
    const isKnown = !/^\d|^$/.test(key) && (key === bareName(name) || !callsOthers(key));
    if (isKnown) this.alias(name, other);
    else this.opened.add(name);
  }

  /** What takes the property of a name. */
  #taken(target: Node, key: string): void {
    if (target.type === 'AssignmentPattern') {
      this.#taken(target['left'] as Node, key);
      for (const name of boundNames(target)) this.put(name, target['right'] as Node);
    } else if (target.type === 'Identifier' || target.type === 'MemberExpression') {
      const name = calledAs(target);
      if (name !== null) this.given(name, `.${key}`);
    } else this.open(target);
  }

  /** What a value that is no function of this text makes of the name that it gets. */
  put(name: string, value: Node): void {
    const inner = withoutParens(value);
    if (givesNoFunction(inner)) return;
    switch (inner.type) {
      case 'Identifier':
      case 'MemberExpression':
        this.given(name, calledAs(inner));
        return;
      case 'ChainExpression':
        this.put(name, inner['expression'] as Node);
        return;
      case 'ConditionalExpression':
        this.put(name, inner['consequent'] as Node);
        this.put(name, inner['alternate'] as Node);
        return;
      case 'LogicalExpression':
        this.put(name, inner['left'] as Node);
        this.put(name, inner['right'] as Node);
        return;
      case 'AssignmentExpression':
        this.put(name, inner['right'] as Node);
        return;
      case 'SequenceExpression':
        this.put(name, (inner['expressions'] as Node[]).at(-1)!);
        return;
      case 'FunctionExpression':
      case 'ArrowFunctionExpression': {
        const known = this.#also.get(inner);
        if (known) known.push(name);
        else this.#also.set(inner, [name]);
        return;
      }
      case 'CallExpression': {
        const callee = withoutParens(inner['callee'] as Node);
        if (isFunction(callee) && this.#returned(callee, name)) return;
        this.given(name, resultOf(callee));
        return;
      }
      case 'NewExpression':
        this.given(name, resultOf(withoutParens(inner['callee'] as Node)));
        return;
      default:
        this.opened.add(name);
    }
  }
}
