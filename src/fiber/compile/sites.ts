/**
 * Owns which forms can be yield points at all, before scope and context are looked at.
 *
 * The same predicate serves the survey (does this function block?) and the writer (rewrite this site?), so the
 * two cannot disagree.
 */
import { staticKey, withoutParens, type Node } from './ast.ts';
import { calledAs, callsSome } from './called.ts';
import type { World } from './world.ts';

/** Globals whose static methods run no code of the user's that could block, whatever their arguments. */
const SAFE_NAMESPACES = new Set(['Math', 'Number', 'BigInt', 'Symbol', 'Atomics', 'console']);
const SAFE_METHODS = new Map([
  [
    'Object',
    new Set(
      (
        'defineProperty defineProperties getPrototypeOf setPrototypeOf create keys freeze ' +
        'getOwnPropertyDescriptor getOwnPropertyNames'
      ).split(' '),
    ),
  ],
  ['Array', new Set(['isArray'])],
  ['String', new Set(['fromCharCode', 'fromCodePoint'])],
  ['Date', new Set(['now'])],
  ['performance', new Set(['now'])],
]);
const SAFE_FUNCTIONS = new Set(['parseInt', 'parseFloat', 'isNaN', 'isFinite', 'BigInt', 'Symbol']);

/** Is it a call of the language's own that runs no code of the user's? */
export function isSafeCall(callee: Node): boolean {
  if (callee.type === 'Identifier') return SAFE_FUNCTIONS.has(callee['name'] as string);
  if (callee.type !== 'MemberExpression' || callee['computed']) return false;
  const object = callee['object'] as Node;
  if (object.type !== 'Identifier') return false;
  const name = object['name'] as string;
  if (SAFE_NAMESPACES.has(name)) return true;
  const methods = SAFE_METHODS.get(name);
  return methods !== undefined && methods.has((callee['property'] as Node)['name'] as string);
}

/** Does a function of the file hold a yield point, so that calling it may suspend? */
export type Blocks = (literal: Node) => boolean;

/** Is this call one that the writer turns into a yield point? */
export function isCallSite(node: Node, world: World, blocks: Blocks): boolean {
  const callee = withoutParens(node['callee'] as Node);
  if (callee.type === 'Import') return false;
  if (callee.type === 'Identifier' && callee['name'] === 'eval') return false;
  // A receiver that comes out of a parenthesised chain, `(a?.b)()`: rare, left plain.
  if (callee.type === 'ChainExpression') return false;
  if (callee.type === 'Super') return world.call('super');
  if (isSafeCall(callee)) return false;
  if (callee.type === 'MemberExpression' && isReadSite(callee, world)) return true;
  return callsSome(node, (name) => world.call(name), blocks);
}

export function isReadSite(node: Node, world: World): boolean {
  return world.access(staticKey(node['property'] as Node, node['computed'] as boolean));
}

/** `exports`, `module`, `module.exports`: Node reads a CommonJS file's exports off assignments to these, as text. */
function isExports(object: Node): boolean {
  if (object.type === 'Identifier') {
    return object['name'] === 'exports' || object['name'] === 'module';
  }
  return (
    object.type === 'MemberExpression' &&
    (object['object'] as Node)['name'] === 'module' &&
    (object['property'] as Node)['name'] === 'exports'
  );
}

/** `super.x = …` keeps its own form. */
export function isWriteSite(target: Node, world: World): boolean {
  target = withoutParens(target);
  return (
    target.type === 'MemberExpression' &&
    (target['object'] as Node).type !== 'Super' &&
    !isExports(target['object'] as Node) &&
    isReadSite(target, world)
  );
}

/** Does taking this apart read or iterate what may block? */
export function isPatternSite(pattern: Node, world: World): boolean {
  if (pattern.type === 'ArrayPattern') return world.iterate;
  if (pattern.type !== 'ObjectPattern') return false;
  return (pattern['properties'] as Node[]).some((property) => {
    if (property.type === 'RestElement') return false;
    if (isKeySite(property, world)) return true;
    const value = property['value'] as Node;
    const target = value.type === 'AssignmentPattern' ? (value['left'] as Node) : value;
    return target.type === 'ObjectPattern' && isPatternSite(target, world);
  });
}

export function isKeySite(property: Node, world: World): boolean {
  return world.access(staticKey(property['key'] as Node, property['computed'] as boolean));
}

export function isYieldPoint(node: Node, world: World, blocks: Blocks): boolean {
  switch (node.type) {
    case 'CallExpression':
      return isCallSite(node, world, blocks);
    case 'NewExpression':
      return world.call(calledAs(node['callee'] as Node));
    case 'TaggedTemplateExpression':
      return world.call(calledAs(node['tag'] as Node));
    case 'MemberExpression':
      return isReadSite(node, world);
    case 'AssignmentExpression':
      return isWriteSite(node['left'] as Node, world);
    case 'UpdateExpression':
      return isWriteSite(node['argument'] as Node, world);
    case 'ForOfStatement':
      return node['await'] !== true && world.iterate;
    case 'SpreadElement':
      return world.iterate;
    case 'YieldExpression':
      return node['delegate'] === true && world.iterate;
    case 'ObjectPattern':
    case 'ArrayPattern':
      return isPatternSite(node, world);
    default:
      return false;
  }
}
