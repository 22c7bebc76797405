/**
 * Owns which properties a helper makes accessors of that is handed functions in an object, as bundlers have it:
 *
 *     var __export = (target, all) => { for (var name in all) define(target, name, { get: all[name] }) };
 *     __export(exports, { load: () => load });
 */
import { boundNames, childrenOf, withoutParens, type Node } from '../compile/ast.ts';
import { calleeName } from '../compile/called.ts';

/** A function, with the names that it goes by and the variable of whose properties it makes accessors. */
export interface Helper {
  node: Node;
  names: readonly string[];
  all: string | null;
}

const initOnly = (object: Node): Node[] =>
  (object['properties'] as Node[]).filter(
    (each) => each.type === 'Property' && each['kind'] === 'init',
  );

function all(node: Node, type: string, into: Node[] = []): Node[] {
  if (node.type === type) into.push(node);
  for (const child of childrenOf(node)) all(child, type, into);
  return into;
}

/** What the helper is handed wherever it is called; `null` when that does not stand there. */
function handed(program: Node, { node, names, all: variable }: Helper): Node[] | null {
  const at = ((node['params'] ?? []) as Node[]).findIndex(
    (each) => variable !== null && boundNames(each).includes(variable),
  );
  if (at < 0 || names.length === 0) return null;
  const properties: Node[] = [];
  let isCalled = false;
  for (const call of all(program, 'CallExpression')) {
    if (!names.includes(calleeName(call['callee'] as Node) ?? '')) continue;
    isCalled = true;
    const argument = (call['arguments'] as Node[])[at];
    const inner = argument && withoutParens(argument);
    if (inner?.type !== 'ObjectExpression') return null;
    properties.push(...initOnly(inner));
  }
  // By whom, if not here?
  return isCalled ? properties : null;
}

/** All such properties in a file: where the calls do not tell them, any that any object has. */
export function listedGetters(program: Node, helpers: readonly Helper[]): Node[] {
  const properties = helpers.map((helper) => handed(program, helper));
  return properties.includes(null)
    ? all(program, 'ObjectExpression').flatMap(initOnly)
    : properties.flatMap((each) => each!);
}
