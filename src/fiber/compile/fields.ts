/**
 * Owns which fields of a class can be waited for.
 *
 * The engine puts fields onto an instance by itself, and nothing in that can be suspended. But a public field is a property
 * that is defined, which a function can do as well; so from the first that may block on, they are taken out of the class
 * (write-fields.ts). Left as they stand, and pinned, are those of classes where that could be told apart: a private field
 * or a computed key among them, `super` or `new.target` in them, a constructor whose parameters do anything.
 */
import { staticKey, type Node } from './ast.ts';
import type { FunctionInfo } from './survey.ts';

export function constructorOf(node: Node): Node | undefined {
  return ((node['body'] as Node)['body'] as Node[]).find(
    (element) => element.type === 'MethodDefinition' && element['kind'] === 'constructor',
  );
}

/** The fields of an instance from the first that blocks on, if all of them can be taken out. */
export function movedFields(
  node: Node,
  functions: ReadonlyMap<Node, FunctionInfo>,
): readonly Node[] {
  const fields = ((node['body'] as Node)['body'] as Node[]).filter(
    (element) => element.type === 'PropertyDefinition' && element['static'] !== true,
  );
  const first = fields.findIndex((field) => functions.get(field)?.blocks === true);
  if (first < 0) return [];
  const moved = fields.slice(first);
  const constructor = constructorOf(node);
  const parameters = ((constructor?.['value'] as Node | undefined)?.['params'] ?? []) as Node[];
  const isQuiet = parameters.every(
    ({ type, argument }) =>
      type === 'Identifier' || (type === 'RestElement' && (argument as Node).type === 'Identifier'),
  );
  const own = constructor && functions.get(constructor['value'] as Node);
  // A direct eval, which counts as a use of everything, may say super().
  const mayEval = own?.usesArguments === true && own.usesNewTarget;
  return isQuiet && !mayEval && moved.every((field) => canMove(field, functions.get(field)))
    ? moved
    : [];
}

/** @param info of its value, if it has one. */
function canMove(field: Node, info: FunctionInfo | undefined): boolean {
  const key = field['key'] as Node;
  if (key.type === 'PrivateIdentifier' || staticKey(key, field['computed'] === true) === null)
    return false;
  if (info === undefined) return true;
  return !info.usesSuper && !info.usesNewTarget && info.plainBecause === FIELD;
}

/** Why a field's value is left as it stands, where nothing else is the reason. */
export const FIELD = 'the value of a class field';
