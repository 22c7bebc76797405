/**
 * Owns which variable a name stands for, as a place (see points-to.ts).
 *
 * There is one scope for each function. A name that a block of it declares is taken for the same as the name around the
 * function, since parts of the function may mean that one: more may be in both than is, never less.
 */
import { boundNames, childrenOf, isFunction, type Node } from '../compile/ast.ts';
import type { Place, PointsTo } from './points-to.ts';

export class Scope {
  readonly #names = new Map<string, Place>();
  readonly #graph: PointsTo;
  readonly #outer: Scope | null;

  constructor(graph: PointsTo, outer: Scope | null) {
    this.#graph = graph;
    this.#outer = outer;
  }

  declare(name: string): Place {
    let place = this.#names.get(name);
    if (place === undefined) this.#names.set(name, (place = this.#graph.place()));
    return place;
  }

  /** Where the variable is; `null` if nobody around declares it. */
  find(name: string): Place | null {
    return this.#names.get(name) ?? this.#outer?.find(name) ?? null;
  }

  /** Declares what a function's statements declare. */
  hoist(statements: readonly Node[]): void {
    for (const statement of statements) this.#hoist(statement, false);
  }

  #hoist(node: Node, inBlock: boolean, inStatic = false): void {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'ClassDeclaration':
        if (node['id']) this.#declareIn((node['id'] as Node)['name'] as string, inBlock);
        if (node.type === 'ClassDeclaration') break;
        return;
      case 'VariableDeclaration':
        for (const each of node['declarations'] as Node[])
          for (const name of boundNames(each['id'] as Node))
            this.#declareIn(name, inBlock && (inStatic || node['kind'] !== 'var'));
        break;
      case 'CatchClause':
        for (const name of boundNames(node['param'] as Node | null)) this.#declareIn(name, true);
        break;
      case 'StaticBlock':
        // Its `var` is its own.
        for (const child of childrenOf(node)) this.#hoist(child, true, true);
        return;
      case 'ImportDeclaration':
        for (const each of node['specifiers'] as Node[])
          this.declare((each['local'] as Node)['name'] as string);
        return;
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration':
        if (node['declaration']) this.#hoist(node['declaration'] as Node, inBlock);
        return;
      default:
    }
    if (isFunction(node)) return;
    for (const child of childrenOf(node)) this.#hoist(child, true, inStatic);
  }

  #declareIn(name: string, inBlock: boolean): void {
    const outer = inBlock ? this.find(name) : null;
    const place = this.declare(name);
    if (outer !== null) this.#graph.both(place, outer);
  }
}
