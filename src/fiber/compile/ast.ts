/**
 * Owns the compiler's view of the syntax tree: ESTree as acorn builds it (with `preserveParens`, because a
 * callee's parentheses keep its receiver: `(a.b)()` calls with `this` = a).
 *
 * The node type is open on purpose. The passes dispatch on `type` and treat every form that they do not know
 * as "visit the children", so a form that a newer parser adds is copied through rather than refused.
 */
import { parse } from 'acorn';

export interface Node {
  type: string;
  start: number;
  end: number;
  // eslint-disable-next-line typescript/no-explicit-any
  [key: string]: any;
}

export type SourceFormat = 'module' | 'commonjs';

/** Parses a file as Node would, or throws acorn's SyntaxError. */
export function parseSource(source: string, format: SourceFormat): Node {
  return parse(source, {
    ecmaVersion: 'latest',
    sourceType: format === 'module' ? 'module' : 'script',
    allowHashBang: true,
    preserveParens: true,
    allowReturnOutsideFunction: format === 'commonjs',
    // new.target and `await` as an identifier at the top are CommonJS's: its text is a function's body.
    allowAwaitOutsideFunction: format === 'module',
    allowSuperOutsideMethod: false,
  });
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';
}

/** Where the commonest forms have their children, in source order. Of all others every key is looked at. */
const CHILD_KEYS = new Map<string, readonly string[]>(
  Object.entries({
    ArrayExpression: ['elements'],
    ArrayPattern: ['elements'],
    AssignmentExpression: ['left', 'right'],
    AssignmentPattern: ['left', 'right'],
    BinaryExpression: ['left', 'right'],
    BlockStatement: ['body'],
    CallExpression: ['callee', 'arguments'],
    ConditionalExpression: ['test', 'consequent', 'alternate'],
    ExpressionStatement: ['expression'],
    ForStatement: ['init', 'test', 'update', 'body'],
    Identifier: [],
    IfStatement: ['test', 'consequent', 'alternate'],
    Literal: [],
    LogicalExpression: ['left', 'right'],
    MemberExpression: ['object', 'property'],
    NewExpression: ['callee', 'arguments'],
    ObjectExpression: ['properties'],
    ParenthesizedExpression: ['expression'],
    ReturnStatement: ['argument'],
    SequenceExpression: ['expressions'],
    SwitchCase: ['test', 'consequent'],
    SwitchStatement: ['discriminant', 'cases'],
    TemplateElement: [],
    ThisExpression: [],
    ThrowStatement: ['argument'],
    UnaryExpression: ['argument'],
    UpdateExpression: ['argument'],
    VariableDeclaration: ['declarations'],
    VariableDeclarator: ['id', 'init'],
    WhileStatement: ['test', 'body'],
  }),
);

/** The children in source order, holes of arrays left out; a shorthand property's single name comes once. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  const shorthand = node.type === 'Property' && node['shorthand'] === true;
  for (const key of CHILD_KEYS.get(node.type) ?? Object.keys(node)) {
    if (key === 'type' || (shorthand && key === 'key')) continue;
    const value: unknown = node[key];
    if (Array.isArray(value)) {
      for (const item of value) if (isNode(item)) children.push(item);
    } else if (isNode(value)) children.push(value);
  }
  return children;
}

export interface Call {
  start: number;
  text: string;
  /** How many. */
  arguments: number;
}

/** The innermost call around an offset of a text. */
export function callAt(source: string, offset: number): Call | null {
  let tree: Node;
  try {
    tree = parseSource(source, 'module');
  } catch {
    tree = parseSource(source, 'commonjs');
  }
  let found: Node | null = null;
  const visit = (node: Node): void => {
    if (node.start > offset || node.end <= offset) return;
    if (node.type === 'CallExpression') found = node;
    for (const child of childrenOf(node)) visit(child);
  };
  visit(tree);
  if (found === null) return null;
  const { start, end, arguments: given } = found as Node & { arguments: Node[] };
  return { start, text: source.slice(start, end), arguments: given.length };
}

export function isFunction(node: Node): boolean {
  return (
    node.type === 'FunctionDeclaration' ||
    node.type === 'FunctionExpression' ||
    node.type === 'ArrowFunctionExpression'
  );
}

export function isClass(node: Node): boolean {
  return node.type === 'ClassDeclaration' || node.type === 'ClassExpression';
}

const NO_FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'Literal TemplateLiteral UnaryExpression BinaryExpression UpdateExpression ObjectExpression ' +
    'ArrayExpression'
  ).split(' '),
);

/** Is it an expression that cannot give a function: data, as far as calling goes? */
export function givesNoFunction(node: Node): boolean {
  return (
    NO_FUNCTIONS.has(node.type) || (node.type === 'Identifier' && node['name'] === 'undefined')
  );
}

export function withoutParens(node: Node): Node {
  while (node.type === 'ParenthesizedExpression') node = node['expression'] as Node;
  return node;
}

/** The name of a property where the source fixes it: `a.b`, `a["b"]`, `{ b: … }`, `#b`; else null. */
export function staticKey(key: Node, computed: boolean): string | null {
  if (!computed && key.type === 'Identifier') return key['name'] as string;
  if (key.type === 'PrivateIdentifier') return `#${key['name'] as string}`;
  if (key.type === 'Literal') {
    const value: unknown = key['value'];
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') {
      return String(value);
    }
  }
  return null;
}

/** The names of properties that have a symbol: no text names them but as `x[symbol]`. */
export const SYMBOL = '@@';

/** As `staticKey`, of a key that may be a symbol of the language. */
export function keyName(key: Node, computed: boolean): string | null {
  const inner = withoutParens(key);
  const isSymbol =
    computed && inner.type === 'MemberExpression' && (inner['object'] as Node)['name'] === 'Symbol';
  return isSymbol ? SYMBOL : staticKey(inner, computed);
}

/** An anonymous function or class takes the name of what it is assigned to; ours must not show. */
export function takesName(node: Node): boolean {
  const inner = withoutParens(node);
  return (isFunction(inner) || isClass(inner)) && inner['id'] == null;
}

/** How many directives ('use strict' and the like) open a body. */
export function directiveCount(body: Node[]): number {
  let count = 0;
  while (count < body.length && typeof body[count]!['directive'] === 'string') count++;
  return count;
}

export function hasUseStrict(body: Node[]): boolean {
  return body.some((statement) => statement['directive'] === 'use strict');
}

/** Every name that a binding pattern declares. */
export function boundNames(pattern: Node | null, into: string[] = []): string[] {
  if (pattern === null) return into;
  switch (pattern.type) {
    case 'Identifier':
      into.push(pattern['name'] as string);
      break;
    case 'ObjectPattern':
      for (const property of pattern['properties'] as Node[]) {
        boundNames((property['value'] ?? property['argument']) as Node, into);
      }
      break;
    case 'ArrayPattern':
      for (const element of pattern['elements'] as (Node | null)[]) boundNames(element, into);
      break;
    case 'AssignmentPattern':
      boundNames(pattern['left'] as Node, into);
      break;
    case 'RestElement':
      boundNames(pattern['argument'] as Node, into);
      break;
    default:
  }
  return into;
}
