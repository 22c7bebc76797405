/**
 * Owns what a function writes into one of its variables, for variables that never leave it: all values that it is given,
 * and all that is stored into its properties. A variable that goes anywhere else has no such list.
 *
 * By text alone: two variables of one name within the function are none that is known.
 */
import {
  boundNames,
  childrenOf,
  isFunction,
  staticKey,
  withoutParens,
  type Node,
} from '../compile/ast.ts';

/** `variable.a.b = value`: the way to what is stored, and that. */
export interface Stored {
  path: string[];
  value: Node;
}

export interface LocalValues {
  kind: 'var' | 'let' | 'const';
  /** What the variable itself is given; a loop's head gives it what no text says. */
  values: Node[];
  isLoops: boolean;
  stored: Stored[];
}

/** Where a variable may be named and nothing comes of it. */
export type Allows = (parent: Node, variable: Node) => boolean;

class Scan {
  readonly #name: string;
  readonly #allows: Allows;
  readonly found: LocalValues = { kind: 'var', values: [], isLoops: false, stored: [] };
  declarations = 0;
  leaves = false;

  constructor(name: string, allows: Allows) {
    this.#name = name;
    this.#allows = allows;
  }

  #isName(node: Node | null): boolean {
    return node?.type === 'Identifier' && node['name'] === this.#name;
  }

  visit(node: Node, inner: boolean): void {
    if (this.leaves) return;
    const name = this.#name;
    if (isFunction(node)) {
      const parameters = node['params'] as Node[];
      if (
        this.#isName(node['id'] as Node | null) ||
        parameters.some((each) => boundNames(each).includes(name))
      ) {
        this.leaves = true;
        return;
      }
      for (const child of [...parameters, node['body'] as Node]) this.visit(child, true);
      return;
    }
    switch (node.type) {
      case 'VariableDeclaration':
        for (const each of node['declarations'] as Node[]) this.#declarator(each, node, inner);
        return;
      case 'ForInStatement':
      case 'ForOfStatement': {
        const left = node['left'] as Node;
        const isDeclared = left.type === 'VariableDeclaration';
        if (!isDeclared && (left.type === 'MemberExpression' || boundNames(left).includes(name))) {
          this.leaves = true;
          return;
        }
        this.found.isLoops ||=
          isDeclared &&
          boundNames((left['declarations'] as Node[])[0]!['id'] as Node).includes(name);
        break;
      }
      case 'ExportNamedDeclaration': {
        const declared = (node['declaration'] as Node | null)?.['declarations'] as
          | Node[]
          | undefined;
        if (declared?.some((each) => boundNames(each['id'] as Node).includes(name)))
          this.leaves = true;
        break;
      }
      case 'ArrayPattern':
      case 'ObjectPattern':
        if (childrenOf(node).some((each) => storesInto(each))) this.leaves = true;
        break;
      case 'WithStatement':
        this.leaves = true;
        return;
      case 'CallExpression':
        // Its text may name anything.
        if ((node['callee'] as Node)['name'] === 'eval') this.leaves = true;
        break;
      case 'AssignmentExpression':
        if (this.#assignment(node, inner)) return;
        break;
      default:
    }
    for (const child of referencesIn(node)) {
      if (!this.#isName(child)) this.visit(child, inner);
      else if (!isRead(node, child) && !this.#allows(node, child)) this.leaves = true;
    }
  }

  #declarator(node: Node, declaration: Node, inner: boolean): void {
    const id = node['id'] as Node;
    const init = node['init'] as Node | null;
    if (this.#isName(id)) {
      this.declarations++;
      this.found.kind = declaration['kind'] as LocalValues['kind'];
      // Of another function within, and of the same name.
      this.leaves ||= inner;
      if (init) this.found.values.push(init);
    } else if (boundNames(id).includes(this.#name)) this.leaves = true;
    else this.visit(id, inner);
    if (init) this.#value(init, inner, node);
  }

  /** What stands as a value: the variable itself there is a copy of it. */
  #value(node: Node, inner: boolean, parent: Node): void {
    if (!this.#isName(withoutParens(node))) this.visit(node, inner);
    else if (!this.#allows(parent, node)) this.leaves = true;
  }

  /** Returns whether it is done with. */
  #assignment(node: Node, inner: boolean): boolean {
    const left = withoutParens(node['left'] as Node);
    const right = node['right'] as Node;
    if (this.#isName(left)) this.found.values.push(right);
    else {
      const path = this.#pathOf(left);
      if (path === null) return false;
      this.found.stored.push({ path, value: right });
    }
    this.#value(right, inner, node);
    return true;
  }

  #pathOf(node: Node): string[] | null {
    if (node.type !== 'MemberExpression') return null;
    const key = staticKey(node['property'] as Node, node['computed'] as boolean);
    if (key === null) return null;
    const object = withoutParens(node['object'] as Node);
    if (this.#isName(object)) return [key];
    const path = this.#pathOf(object);
    return path && [...path, key];
  }
}

/** A part of a pattern that is a property of something. */
function storesInto(part: Node): boolean {
  const value = part.type === 'Property' ? (part['value'] as Node) : part;
  const target = value.type === 'AssignmentPattern' ? (value['left'] as Node) : value;
  return target.type === 'MemberExpression';
}

/** Does it only ask for the value, or for a property of it that the text names? */
function isRead(parent: Node, variable: Node): boolean {
  switch (parent.type) {
    case 'UnaryExpression':
      return true;
    case 'BinaryExpression':
      return true;
    case 'IfStatement':
    case 'ConditionalExpression':
      return parent['test'] === variable;
    case 'LogicalExpression':
      // What it gives is nothing then.
      return parent['operator'] === '&&' && parent['left'] === variable;
    default:
      return false;
  }
}

/** Children without the names of properties and labels, which are no variables. */
function referencesIn(node: Node): Node[] {
  switch (node.type) {
    case 'MemberExpression':
      return node['computed'] === true
        ? [node['object'] as Node, node['property'] as Node]
        : [node['object'] as Node];
    case 'Property':
    case 'MethodDefinition':
    case 'PropertyDefinition':
      if (node['computed'] === true) return childrenOf(node);
      return node['value'] ? [node['value'] as Node] : [];
    case 'LabeledStatement':
      return [node['body'] as Node];
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'MetaProperty':
      return [];
    default:
      return childrenOf(node);
  }
}

/** The innermost of the functions around, innermost last, that declares the name, with all that it does with it. */
export function valuesOf(
  name: string,
  around: readonly Node[],
  allows: Allows,
): { kind: 'parameter' } | LocalValues | null {
  for (const owner of around.toReversed()) {
    const isProgram = owner.type === 'Program';
    if (!isProgram && (owner['params'] as Node[]).some((each) => boundNames(each).includes(name)))
      return { kind: 'parameter' };
    const scan = new Scan(name, allows);
    const parts = isProgram ? [owner] : [...(owner['params'] as Node[]), owner['body'] as Node];
    for (const part of parts) scan.visit(part, false);
    if (scan.declarations === 0 && !scan.leaves) continue;
    return scan.leaves || scan.declarations !== 1 ? null : scan.found;
  }
  return null;
}
