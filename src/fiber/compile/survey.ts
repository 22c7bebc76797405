/**
 * Owns the first pass over a tree: what each function uses of its own invocation (`this`, `arguments`,
 * `new.target`, `super`), whether it holds a yield point, and what forbids giving it a twin.
 *
 * The pass is read-only, and it runs to its end before the writer starts, because a function's shape depends on
 * what stands anywhere inside it. Uses inside arrow functions count for the arrow and for the function that the
 * arrow takes them from.
 *
 * It looks at every node of every file, so the forms that most code is made of are visited by name, the commonest first.
 * Past 400 lines because it is that table.
 */
import {
  childrenOf,
  hasUseStrict,
  isFunction,
  staticKey,
  withoutParens,
  type Node,
} from './ast.ts';
import { Described } from './described.ts';
import { constructorOf, FIELD, movedFields } from './fields.ts';
import { isYieldPoint, type Blocks } from './sites.ts';
import type { World } from './world.ts';

export interface FunctionInfo {
  node: Node;
  parent: FunctionInfo | null;
  arrow: boolean;
  async: boolean;
  generator: boolean;
  strict: boolean;
  usesThis: boolean;
  usesArguments: boolean;
  usesNewTarget: boolean;
  usesSuper: boolean;
  /** new.target or arguments inside the parameter list, where a twin cannot capture them. */
  parameterNewTarget: boolean;
  /** Contains a yield point of its own (not one of a nested function). */
  blocks: boolean;
  /** A yield point stands in the parameter list. */
  parameterBlocks: boolean;
  /** Why it must stay as it is, however much it blocks; shown by `explain`. */
  plainBecause: string | null;
  /** Stands in a call that is made while the file is loaded: a bundle's outer function, or one of its modules. */
  once: boolean;
  /** What it may come to be by a call that defines properties (see described.ts). */
  accessor: 'get' | 'set' | null;
  /** The file itself, and what is called around all of it where it stands: the functions in it are made once. */
  outermost: boolean;
  /** Has its plain body beside its twin (see budget.ts). */
  keepsBody: boolean;
  /** Holds what is written anew even where nothing of its own suspends: a function that blocks, a class, `f.bind(…)`. */
  edited: boolean;
}

export interface Survey {
  program: FunctionInfo;
  functions: Map<Node, FunctionInfo>;
  /** By class: the fields that its constructor can put onto the instance (see fields.ts). */
  moved: ReadonlyMap<Node, readonly Node[]>;
  /** Of a function that has been seen: may a call of it suspend? */
  blocks: Blocks;
  /** By offset in the source: 1 where V8 may say that code is, which a map has to tell. */
  places: Uint8Array;
}

const SPACE = 32;

interface Walk {
  source: string;
  hasSuper: boolean;
  world: World;
  functions: Map<Node, FunctionInfo>;
  blocks: Blocks;
  places: Uint8Array;
  inParameters: boolean;
  withDepth: number;
  described: Described;
  moved: Map<Node, readonly Node[]>;
  wrappers: Set<Node>;
  /** How many calls stand around here, within the function. */
  callDepth: number;
}

function newInfo(node: Node, parent: FunctionInfo | null, strict: boolean): FunctionInfo {
  return {
    node,
    parent,
    arrow: node.type === 'ArrowFunctionExpression',
    async: node['async'] === true,
    generator: node['generator'] === true,
    strict,
    usesThis: false,
    usesArguments: false,
    usesNewTarget: false,
    usesSuper: false,
    parameterNewTarget: false,
    blocks: false,
    parameterBlocks: false,
    plainBecause: null,
    once: parent === null,
    accessor: null,
    outermost: parent === null,
    keepsBody: false,
    edited: false,
  };
}

/** Is its plain form what stands in the source? Of an arrow that takes `this` or the like, the writer has to find out. */
export function staysAsItStands(info: FunctionInfo): boolean {
  if (info.edited) return false;
  return !info.arrow || !(info.usesThis || info.usesArguments || info.usesNewTarget);
}

/** Marks a use on the function itself and, through arrows, on the one that owns the invocation. */
function markUse(
  info: FunctionInfo,
  use: 'usesThis' | 'usesArguments' | 'usesNewTarget' | 'usesSuper',
): FunctionInfo {
  for (let at: FunctionInfo = info; ; at = at.parent) {
    at[use] = true;
    if (!at.arrow || at.parent === null) return at;
  }
}

function enterFunction(node: Node, outer: FunctionInfo, walk: Walk): void {
  const body = node['body'] as Node;
  const strict =
    outer.strict || (body.type === 'BlockStatement' && hasUseStrict(body['body'] as Node[]));
  const info = newInfo(node, outer, strict);
  walk.functions.set(node, info);
  // Where it is called from nowhere else, and where it returns.
  walk.places[node.start] = 1;
  walk.places[node.end - 1] = 1;
  if (walk.withDepth > 0) info.plainBecause = 'inside a with statement';
  info.outermost = walk.wrappers.has(node);
  info.once = outer.once && walk.callDepth > 0 && node.type !== 'FunctionDeclaration';
  const outerDepth = walk.callDepth;
  walk.callDepth = 0;
  // A declaration's name stands in the code around it.
  if (node['id'])
    visit(node['id'] as Node, node.type === 'FunctionDeclaration' ? outer : info, walk);
  const outerParameters = walk.inParameters;
  walk.inParameters = true;
  visitAll(node['params'] as Node[], info, walk);
  walk.inParameters = false;
  visit(body, info, walk);
  walk.inParameters = outerParameters;
  walk.callDepth = outerDepth;
  if (info.edited || info.blocks) outer.edited = true;
}

function visitClass(node: Node, info: FunctionInfo, walk: Walk): void {
  const strictBefore = info.strict;
  // The whole of a class is strict code, heritage and computed keys included.
  info.strict = true;
  info.edited = true;
  if (node['superClass']) visit(node['superClass'] as Node, info, walk);
  for (const element of (node['body'] as Node)['body'] as Node[]) {
    if (element.type === 'MethodDefinition') {
      if (element['computed']) visit(element['key'] as Node, info, walk);
      enterFunction(element['value'] as Node, info, walk);
    } else if (element.type === 'PropertyDefinition') {
      if (element['computed']) visit(element['key'] as Node, info, walk);
      if (element['value']) visitInitializer(element, [element['value'] as Node], info, walk);
    } else {
      visitInitializer(element, element['body'] as Node[], info, walk);
    }
  }
  const moved = movedFields(node, walk.functions);
  if (moved.length > 0) {
    walk.moved.set(node, moved);
    // The constructor waits for them.
    const constructor = constructorOf(node);
    const own = constructor && walk.functions.get(constructor['value'] as Node);
    if (own) own.blocks = own.edited = true;
  }
  info.strict = strictBefore;
}

/** A field's value or a static block: a function of its own, in all but name. It is never given a twin. */
function visitInitializer(element: Node, parts: Node[], outer: FunctionInfo, walk: Walk): void {
  const info = newInfo(element, outer, true);
  info.plainBecause = element.type === 'StaticBlock' ? 'a static block' : FIELD;
  walk.functions.set(element, info);
  const outerParameters = walk.inParameters;
  walk.inParameters = false;
  for (const part of parts) visit(part, info, walk);
  walk.inParameters = outerParameters;
}

function visitAll(nodes: readonly (Node | null)[], info: FunctionInfo, walk: Walk): void {
  for (const node of nodes) if (node !== null) visit(node, info, walk);
}

/** What stands in one of them is a yield point of its own, if any is. */
function check(node: Node, info: FunctionInfo, walk: Walk): void {
  if (walk.withDepth > 0 || (info.blocks && !walk.inParameters)) return;
  if (!isYieldPoint(node, walk.world, walk.blocks)) return;
  info.blocks = true;
  if (walk.inParameters) info.parameterBlocks = true;
}

/**
 * Visits a node. Where V8 may say that it is, a place is marked: its beginning, its operator, the property or the
 * parenthesis that it is at.
 */
function visit(node: Node, info: FunctionInfo, walk: Walk): void {
  const { places } = walk;
  switch (node.type) {
    case 'Literal':
    case 'TemplateElement':
      return;
    case 'Identifier':
      places[node.start] = 1;
      visitName(node['name'] as string, info);
      return;
    case 'MemberExpression': {
      const object = node['object'] as Node;
      const property = node['property'] as Node;
      const computed = node['computed'] === true;
      places[node.start] = 1;
      places[computed ? object.end : property.start] = 1;
      if (object.type === 'Identifier' && object['name'] === 'arguments') forbidCallee(node, info);
      // A private method brings its twin along where it is read.
      if (property.type === 'PrivateIdentifier') info.edited = true;
      visit(object, info, walk);
      if (computed) visit(property, info, walk);
      check(node, info, walk);
      return;
    }
    case 'CallExpression':
      visitCall(node, info, walk);
      return;
    case 'ExpressionStatement':
    case 'ParenthesizedExpression':
      places[node.start] = 1;
      visit(node['expression'] as Node, info, walk);
      return;
    case 'BinaryExpression':
    case 'LogicalExpression': {
      const left = node['left'] as Node;
      places[node.start] = 1;
      places[behind(left, walk)] = 1;
      visit(left, info, walk);
      visit(node['right'] as Node, info, walk);
      return;
    }
    case 'AssignmentExpression': {
      const left = node['left'] as Node;
      places[node.start] = 1;
      places[behind(left, walk)] = 1;
      walk.described.assignment(node);
      forbidArguments(left, info);
      visit(left, info, walk);
      visit(node['right'] as Node, info, walk);
      check(node, info, walk);
      return;
    }
    case 'BlockStatement':
      visitAll(node['body'] as Node[], info, walk);
      return;
    case 'VariableDeclaration':
      places[node.start] = 1;
      visitAll(node['declarations'] as Node[], info, walk);
      return;
    case 'VariableDeclarator':
      places[node.start] = 1;
      walk.described.declarator(node);
      visit(node['id'] as Node, info, walk);
      if (node['init'] !== null) visit(node['init'] as Node, info, walk);
      return;
    case 'Property':
      places[node.start] = 1;
      walk.described.property(node);
      if (node['computed'] === true) visit(node['key'] as Node, info, walk);
      visit(node['value'] as Node, info, walk);
      return;
    case 'ThisExpression':
      places[node.start] = 1;
      markUse(info, 'usesThis');
      return;
    case 'IfStatement':
    case 'ConditionalExpression':
      places[node.start] = 1;
      visit(node['test'] as Node, info, walk);
      visit(node['consequent'] as Node, info, walk);
      if (node['alternate'] !== null) visit(node['alternate'] as Node, info, walk);
      return;
    case 'ReturnStatement':
    case 'ThrowStatement':
      places[node.start] = 1;
      if (node['argument'] !== null) visit(node['argument'] as Node, info, walk);
      return;
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
      enterFunction(node, info, walk);
      return;
    case 'UnaryExpression':
      places[node.start] = 1;
      if (walk.hasSuper) forbidSuperTargets(node, info);
      visit(node['argument'] as Node, info, walk);
      return;
    case 'UpdateExpression': {
      const argument = node['argument'] as Node;
      places[node.start] = 1;
      if (node['prefix'] !== true) places[argument.end] = 1;
      forbidArguments(argument, info);
      visit(argument, info, walk);
      check(node, info, walk);
      return;
    }
    case 'ObjectExpression':
      places[node.start] = 1;
      visitAll(node['properties'] as Node[], info, walk);
      return;
    case 'ArrayExpression':
      places[node.start] = 1;
      visitAll(node['elements'] as (Node | null)[], info, walk);
      return;
    case 'NewExpression':
      places[node.start] = 1;
      visit(node['callee'] as Node, info, walk);
      visitAll(node['arguments'] as Node[], info, walk);
      check(node, info, walk);
      return;
    case 'SequenceExpression':
      places[node.start] = 1;
      visitAll(node['expressions'] as Node[], info, walk);
      return;
    case 'ClassDeclaration':
    case 'ClassExpression':
      places[node.start] = 1;
      visitClass(node, info, walk);
      return;
    case 'Super':
      places[node.start] = 1;
      markUse(info, 'usesThis');
      markUse(info, 'usesSuper').edited = true;
      info.edited = true;
      return;
    case 'MetaProperty':
      places[node.start] = 1;
      if ((node['meta'] as Node)['name'] === 'new') {
        const owner = markUse(info, 'usesNewTarget');
        if (walk.inParameters) owner.parameterNewTarget = true;
      }
      return;
    case 'WithStatement':
      places[node.start] = 1;
      if (info.arrow) info.plainBecause ??= 'an arrow function with a with statement';
      info.edited = true;
      visit(node['object'] as Node, info, walk);
      walk.withDepth++;
      visit(node['body'] as Node, info, walk);
      walk.withDepth--;
      return;
    case 'ImportSpecifier':
    case 'ImportDefaultSpecifier':
    case 'ImportNamespaceSpecifier':
      places[node.start] = 1;
      return;
    default:
      places[node.start] = 1;
      if (walk.hasSuper) forbidSuperTargets(node, info);
      for (const child of childrenOf(node)) visit(child, info, walk);
      check(node, info, walk);
  }
}

function visitCall(node: Node, info: FunctionInfo, walk: Walk): void {
  const callee = node['callee'] as Node;
  const { places } = walk;
  places[node.start] = 1;
  const named = callee.type === 'Identifier' || isNamed(callee);
  if (node['optional'] === true) places[walk.source.indexOf('(', callee.end)] = 1;
  else if (!named) places[behind(callee, walk)] = 1;
  if (callee.type === 'MemberExpression') {
    // What is bound may be called where it has to suspend.
    if (callee['computed'] !== true && (callee['property'] as Node)['name'] === 'bind') {
      info.edited = true;
    }
  }
  if ((withoutParens(callee)['name'] as unknown) === 'eval') {
    // The text may name any of these.
    markUse(info, 'usesThis');
    markUse(info, 'usesArguments');
    const owner = markUse(info, 'usesNewTarget');
    if (owner.arrow || info.arrow) info.plainBecause ??= 'an arrow function with direct eval';
    // A twin has another home, and is no constructor.
    if (walk.hasSuper) owner.plainBecause ??= 'direct eval, which may say super';
  }
  walk.described.call(node);
  if (info.outermost) findWrappers(node, walk);
  walk.callDepth++;
  visit(callee, info, walk);
  visitAll(node['arguments'] as Node[], info, walk);
  walk.callDepth--;
  check(node, info, walk);
}

/** `(function () {…})()`, `(function () {…}).call(this)`, `(function (factory) {…})(function () {…})`, and a bundle's list. */
function findWrappers(call: Node, walk: Walk): void {
  let callee = withoutParens(call['callee'] as Node);
  if (callee.type === 'MemberExpression') callee = withoutParens(callee['object'] as Node);
  if (!isFunction(callee)) return;
  const functions = [callee];
  for (const argument of call['arguments'] as Node[]) {
    const inner = withoutParens(argument);
    if (inner.type !== 'ArrayExpression') functions.push(inner);
    else
      for (const element of inner['elements'] as (Node | null)[])
        if (element) functions.push(withoutParens(element));
  }
  for (const each of functions) if (isFunction(each)) walk.wrappers.add(each);
}

/** `o.m`: V8 says that its call is at the name. */
export function isNamed(callee: Node): boolean {
  if (callee.type !== 'MemberExpression' || callee['computed'] === true) return false;
  return (callee['property'] as Node).type === 'Identifier';
}

/** Where an operator stands behind its left side. */
function behind(left: Node, { source }: Walk): number {
  let at = left.end;
  while (source.charCodeAt(at) <= SPACE) at++;
  return at;
}

function forbidArguments(target: Node, info: FunctionInfo): void {
  target = withoutParens(target);
  if (target.type !== 'Identifier' || target['name'] !== 'arguments') return;
  markUse(info, 'usesArguments').plainBecause ??= 'assigns to arguments';
  info.plainBecause ??= 'assigns to arguments';
}

/** A twin's arguments.callee would be the twin. */
function forbidCallee(node: Node, info: FunctionInfo): void {
  if (staticKey(node['property'] as Node, node['computed'] === true) !== 'callee') return;
  for (let at: FunctionInfo | null = info; at !== null; at = at.arrow ? at.parent : null) {
    at.plainBecause ??= 'uses arguments.callee';
  }
}

/** `super.x` as the target of a pattern, of a loop or of delete has no form outside a method. */
function forbidSuperTargets(node: Node, info: FunctionInfo): void {
  const targets: (Node | null)[] = [];
  switch (node.type) {
    case 'ArrayPattern':
      targets.push(...(node['elements'] as (Node | null)[]));
      break;
    case 'ObjectPattern':
      for (const property of node['properties'] as Node[]) {
        targets.push((property['value'] ?? property['argument']) as Node);
      }
      break;
    case 'RestElement':
      targets.push(node['argument'] as Node);
      break;
    case 'ForInStatement':
    case 'ForOfStatement':
      targets.push(node['left'] as Node);
      break;
    case 'UnaryExpression':
      if (node['operator'] === 'delete') targets.push(node['argument'] as Node);
      break;
    default:
  }
  for (const target of targets) {
    if (target === null) continue;
    const inner = withoutParens(
      target.type === 'AssignmentPattern' ? (target['left'] as Node) : target,
    );
    if (inner.type !== 'MemberExpression' || (inner['object'] as Node).type !== 'Super') continue;
    for (let at: FunctionInfo | null = info; at !== null; at = at.arrow ? at.parent : null) {
      at.plainBecause ??= 'a property of super as a target';
    }
  }
}

function visitName(name: string, info: FunctionInfo): void {
  if (name === 'arguments') markUse(info, 'usesArguments');
  else if (name === 'yield') {
    // An ordinary name in sloppy code, a keyword in a twin.
    for (let at: FunctionInfo | null = info; at !== null; at = at.parent) {
      at.plainBecause ??= 'uses yield as a name';
    }
  } else if (name === 'await') {
    for (let at: FunctionInfo | null = info; at !== null; at = at.parent) {
      at.plainBecause ??= 'uses await as a name';
    }
  }
}

/** Surveys a whole file. */
export function survey(program: Node, source: string, world: World, strict: boolean): Survey {
  const top = newInfo(program, null, strict || hasUseStrict(program['body'] as Node[]));
  const functions = new Map([[program, top]]);
  const walk: Walk = {
    hasSuper: source.includes('super'),
    source,
    world,
    functions,
    blocks(literal) {
      const info = functions.get(literal)!;
      return info.blocks && !info.async && !info.generator;
    },
    places: new Uint8Array(source.length + 1),
    inParameters: false,
    withDepth: 0,
    described: new Described(),
    moved: new Map(),
    wrappers: new Set(),
    callDepth: 0,
  };
  visitAll(program['body'] as Node[], top, walk);
  walk.described.mark(walk.functions);
  const { moved, blocks, places } = walk;
  return { program: top, functions, moved, blocks, places };
}
