/**
 * Owns what a call comes to call, as far as the text says: what has a name, and functions that are written in it.
 *
 * `f.call(o)` calls f, and `list.map(f)` calls f, if `map` is the array's own; if it is somebody's, its name says what it
 * does. So a call of a built-in can suspend only if what it is given can: most are given functions that are written
 * there, or none at all.
 *
 * The analysis and the writer ask here, so that they cannot disagree.
 */
import {
  givesNoFunction,
  isFunction,
  keyName,
  staticKey,
  withoutParens,
  type Node,
} from './ast.ts';

/** Methods of the language that call what stands among their arguments, and nothing that they are not given there. */
export const CALLS_ARGUMENTS: ReadonlySet<string> = new Set(
  (
    'map forEach filter reduce reduceRight some every find findIndex findLast findLastIndex flatMap sort toSorted ' +
    'replace replaceAll groupBy run'
  ).split(' '),
);

/** What calls what it is given, wherever that stands. */
export const CALLS_BACK: ReadonlySet<string> = new Set([
  'from',
  'bind',
  'construct',
  'parse',
  'stringify',
  'Promise',
]);

/** Methods of functions that call them, or give another that does. */
const ON_FUNCTIONS: ReadonlySet<string> = new Set(['call', 'apply', 'bind']);

/** Does it call functions that the place where it is called by this name may not show, once it goes by another? */
export const callsOthers = (name: string): boolean =>
  CALLS_ARGUMENTS.has(name) || CALLS_BACK.has(name) || ON_FUNCTIONS.has(name);

/** What a callee is called, as a variable or as a property. */
export function calleeName(callee: Node): string | null {
  callee = withoutParens(callee);
  if (callee.type === 'Identifier') return callee['name'] as string;
  if (callee.type === 'MemberExpression') {
    return staticKey(callee['property'] as Node, callee['computed'] as boolean);
  }
  return null;
}

/** The name by which the World knows what is called: `x` for a variable, `.x` for a property; null for anything else. */
export function calledAs(callee: Node): string | null {
  const inner = withoutParens(callee);
  if (inner.type === 'Identifier') return inner['name'] as string;
  if (inner.type !== 'MemberExpression') return null;
  const key = keyName(inner['property'] as Node, inner['computed'] as boolean);
  return key === null ? null : `.${key}`;
}

/** Without the dot. */
export const bareName = (name: string): string => (name.startsWith('.') ? name.slice(1) : name);

type Named = (name: string | null) => boolean;
type Written = (literal: Node) => boolean;

/**
 * Is any of what a call comes to call as it is asked?
 *
 * @param named about a name; `null` for what has none.
 * @param written about a function that stands there.
 */
export function callsSome(call: Node, named: Named, written: Written): boolean {
  const callee = withoutParens(call['callee'] as Node);
  if (isFunction(callee)) return written(callee);
  if (named(calledAs(callee))) return true;
  if (callee.type !== 'MemberExpression') return false;
  const name = calleeName(callee) ?? '';
  const given = call['arguments'] as Node[];
  if (CALLS_ARGUMENTS.has(name)) return isSomeGiven(given, name, named, written);
  if (name !== 'call' && name !== 'apply') return false;
  const object = withoutParens(callee['object'] as Node);
  if (isSome(object, named, written)) return true;
  if (object['name'] === 'Reflect') return given.length > 0 && isSome(given[0]!, named, written);
  // `[].map.call(list, f)`
  const method = calleeName(object) ?? '';
  if (!CALLS_ARGUMENTS.has(method)) return false;
  if (name === 'apply' || given[0]?.type === 'SpreadElement') return named(null);
  return isSomeGiven(given.slice(1), method, named, written);
}

/** Of these the second argument is called. */
const SECOND: ReadonlySet<string> = new Set(['replace', 'replaceAll', 'groupBy', 'run']);

/** The same of what such a method is given to call. */
function isSomeGiven(given: Node[], method: string, named: Named, written: Written): boolean {
  const at = SECOND.has(method) ? 1 : 0;
  if (given.slice(0, at).some(({ type }) => type === 'SpreadElement')) return named(null);
  return at < given.length && isSome(given[at]!, named, written);
}

/** The same of a value that is called. */
function isSome(value: Node, named: Named, written: Written): boolean {
  const inner = withoutParens(value);
  if (givesNoFunction(inner)) return false;
  switch (inner.type) {
    case 'Identifier':
      return named(inner['name'] as string);
    case 'MemberExpression':
      return named(ON_FUNCTIONS.has(calleeName(inner) ?? '') ? null : calledAs(inner));
    case 'ConditionalExpression':
      return (
        isSome(inner['consequent'] as Node, named, written) ||
        isSome(inner['alternate'] as Node, named, written)
      );
    case 'LogicalExpression':
      return (
        isSome(inner['left'] as Node, named, written) ||
        isSome(inner['right'] as Node, named, written)
      );
    case 'CallExpression': {
      // `f.bind(this)`
      const callee = withoutParens(inner['callee'] as Node);
      const isBound = callee.type === 'MemberExpression' && calleeName(callee) === 'bind';
      return isBound ? isSome(callee['object'] as Node, named, written) : named(null);
    }
    default:
      return isFunction(inner) ? written(inner) : named(null);
  }
}
