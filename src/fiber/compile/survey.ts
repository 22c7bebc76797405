/**
 * Owns the first pass over a tree: what each function uses of its own invocation (`this`, `arguments`,
 * `new.target`, `super`), whether it holds a yield point, and what forbids giving it a twin.
 *
 * The pass is read-only, and it runs to its end before the writer starts, because a function's shape depends on
 * what stands anywhere inside it. Uses inside arrow functions count for the arrow and for the function that the
 * arrow takes them from.
 */
import {
  childrenOf,
  hasUseStrict,
  isClass,
  isFunction,
  staticKey,
  withoutParens,
  type Node,
} from './ast.ts';
import { isYieldPoint } from './sites.ts';
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
  /** Has its plain body beside its twin (see budget.ts). */
  keepsBody: boolean;
}

export interface Survey {
  program: FunctionInfo;
  functions: Map<Node, FunctionInfo>;
  /** Every identifier that the source declares or assigns anywhere: a global's name in here may be shadowed. */
  declared: Set<string>;
  /** Classes that hold something the writer has to change, by their node. */
  privateAccessors: Map<Node, Set<string>>;
  /** By offset in the source: 1 where V8 may say that code is, which a map has to tell. */
  places: Uint8Array;
}

const SPACE = 32;

interface Walk {
  source: string;
  hasSuper: boolean;
  world: World;
  survey: Survey;
  inParameters: boolean;
  withDepth: number;
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
    keepsBody: false,
  };
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
  walk.survey.functions.set(node, info);
  // Where it is called from nowhere else, and where it returns.
  walk.survey.places[node.start] = 1;
  walk.survey.places[node.end - 1] = 1;
  if (walk.withDepth > 0) info.plainBecause = 'inside a with statement';
  info.once = outer.once && walk.callDepth > 0 && node.type !== 'FunctionDeclaration';
  const outerDepth = walk.callDepth;
  walk.callDepth = 0;
  if (node.type !== 'FunctionDeclaration' && node['id']) visit(node['id'] as Node, info, walk);
  const outerParameters = walk.inParameters;
  walk.inParameters = true;
  for (const parameter of node['params'] as Node[]) visit(parameter, info, walk);
  walk.inParameters = false;
  visit(body, info, walk);
  walk.inParameters = outerParameters;
  walk.callDepth = outerDepth;
}

function visitClass(node: Node, info: FunctionInfo, walk: Walk): void {
  const strictBefore = info.strict;
  // The whole of a class is strict code, heritage and computed keys included.
  info.strict = true;
  if (node['superClass']) visit(node['superClass'] as Node, info, walk);
  const accessors = new Set<string>();
  for (const element of (node['body'] as Node)['body'] as Node[]) {
    if (element.type === 'MethodDefinition') {
      if (element['computed']) visit(element['key'] as Node, info, walk);
      if ((element['key'] as Node).type === 'PrivateIdentifier' && element['kind'] !== 'method') {
        accessors.add((element['key'] as Node)['name'] as string);
      }
      enterFunction(element['value'] as Node, info, walk);
    } else if (element.type === 'PropertyDefinition') {
      if (element['computed']) visit(element['key'] as Node, info, walk);
      if (element['value']) visitInitializer(element, [element['value'] as Node], info, walk);
    } else {
      visitInitializer(element, element['body'] as Node[], info, walk);
    }
  }
  walk.survey.privateAccessors.set(node, accessors);
  info.strict = strictBefore;
}

/** A field's value or a static block: a function of its own, in all but name. It is never given a twin. */
function visitInitializer(element: Node, parts: Node[], outer: FunctionInfo, walk: Walk): void {
  const info = newInfo(element, outer, true);
  info.plainBecause =
    element.type === 'StaticBlock' ? 'a static block' : 'the value of a class field';
  walk.survey.functions.set(element, info);
  const outerParameters = walk.inParameters;
  walk.inParameters = false;
  for (const part of parts) visit(part, info, walk);
  walk.inParameters = outerParameters;
}

/** Marks where V8 may say that a node is: its beginning, its operator, the property or the parenthesis that it is at. */
function markPlaces(node: Node, { survey: { places }, source }: Walk): void {
  switch (node.type) {
    case 'Literal':
    case 'TemplateElement':
    case 'BlockStatement':
      return;
    case 'MemberExpression':
      places[(node['computed'] === true ? node['object'].end : node['property'].start) as number] =
        1;
      break;
    case 'CallExpression': {
      const callee = node['callee'] as Node;
      const named = callee.type === 'MemberExpression' && callee['computed'] !== true;
      if (callee.type !== 'Identifier' && !named) places[callee.end] = 1;
      break;
    }
    case 'BinaryExpression':
    case 'LogicalExpression':
    case 'AssignmentExpression': {
      let at = (node['left'] as Node).end;
      while (source.charCodeAt(at) <= SPACE) at++;
      places[at] = 1;
      break;
    }
    case 'UpdateExpression':
      if (node['prefix'] !== true) places[(node['argument'] as Node).end] = 1;
      break;
    default:
  }
  places[node.start] = 1;
}

function visit(node: Node, info: FunctionInfo, walk: Walk): void {
  if (node.type === 'Literal') return;
  markPlaces(node, walk);
  switch (node.type) {
    case 'ThisExpression':
      markUse(info, 'usesThis');
      return;
    case 'Super':
      markUse(info, 'usesThis');
      markUse(info, 'usesSuper');
      return;
    case 'MetaProperty':
      if ((node['meta'] as Node)['name'] === 'new') {
        const owner = markUse(info, 'usesNewTarget');
        if (walk.inParameters) owner.parameterNewTarget = true;
      }
      return;
    case 'Identifier':
      visitName(node['name'] as string, info);
      return;
    case 'WithStatement':
      if (info.arrow) info.plainBecause ??= 'an arrow function with a with statement';
      visit(node['object'] as Node, info, walk);
      walk.withDepth++;
      visit(node['body'] as Node, info, walk);
      walk.withDepth--;
      return;
    case 'CallExpression':
      if ((withoutParens(node['callee'] as Node)['name'] as unknown) === 'eval') {
        // The text may name any of these.
        markUse(info, 'usesThis');
        markUse(info, 'usesArguments');
        const owner = markUse(info, 'usesNewTarget');
        if (owner.arrow || info.arrow) info.plainBecause ??= 'an arrow function with direct eval';
      }
      break;
    case 'AssignmentExpression':
    case 'UpdateExpression': {
      const target = withoutParens((node['left'] ?? node['argument']) as Node);
      if (target.type === 'Identifier' && target['name'] === 'arguments') {
        markUse(info, 'usesArguments').plainBecause ??= 'assigns to arguments';
        info.plainBecause ??= 'assigns to arguments';
      }
      break;
    }
    default:
  }
  if (isFunction(node)) {
    if (node.type === 'FunctionDeclaration' && node['id']) {
      walk.survey.declared.add((node['id'] as Node)['name'] as string);
    }
    for (const parameter of node['params'] as Node[]) declare(parameter, walk);
    if (node.type === 'FunctionExpression' && node['id']) declare(node['id'] as Node, walk);
    enterFunction(node, info, walk);
    return;
  }
  if (isClass(node)) {
    if (node['id']) declare(node['id'] as Node, walk);
    visitClass(node, info, walk);
    return;
  }
  if (node.type === 'Property' && !node['computed'] && node['shorthand'] !== true) {
    visit(node['value'] as Node, info, walk);
    return;
  }
  if (walk.hasSuper) forbidSuperTargets(node, info);
  if (node.type === 'MemberExpression') forbidCallee(node, info);
  if (node.type === 'MemberExpression' && !node['computed']) {
    visit(node['object'] as Node, info, walk);
  } else if (node.type === 'VariableDeclarator' || node.type === 'CatchClause') {
    declare((node['id'] ?? node['param']) as Node | null, walk);
    for (const child of childrenOf(node)) visit(child, info, walk);
  } else if (node.type.endsWith('Specifier') && node.type.startsWith('Import')) {
    declare(node['local'] as Node, walk);
  } else {
    if (node.type === 'AssignmentExpression' || node.type === 'UpdateExpression') {
      const target = (node['left'] ?? node['argument']) as Node;
      if (target.type === 'Identifier') declare(target, walk);
    }
    const call = node.type === 'CallExpression' ? 1 : 0;
    walk.callDepth += call;
    for (const child of childrenOf(node)) visit(child, info, walk);
    walk.callDepth -= call;
  }
  if (walk.withDepth === 0 && isYieldPoint(node, walk.world)) {
    info.blocks = true;
    if (walk.inParameters) info.parameterBlocks = true;
  }
}

/** A twin's arguments.callee would be the twin. */
function forbidCallee(node: Node, info: FunctionInfo): void {
  const object = node['object'] as Node;
  if (object.type !== 'Identifier' || object['name'] !== 'arguments') return;
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

function declare(pattern: Node | null, walk: Walk): void {
  if (pattern === null) return;
  switch (pattern.type) {
    case 'Identifier':
      walk.survey.declared.add(pattern['name'] as string);
      return;
    case 'MemberExpression':
      return;
    default:
      for (const child of childrenOf(pattern)) declare(child, walk);
  }
}

/** Surveys a whole file. */
export function survey(program: Node, source: string, world: World, strict: boolean): Survey {
  const top = newInfo(program, null, strict || hasUseStrict(program['body'] as Node[]));
  const result: Survey = {
    program: top,
    functions: new Map([[program, top]]),
    declared: new Set(),
    privateAccessors: new Map(),
    places: new Uint8Array(source.length + 1),
  };
  const hasSuper = source.includes('super');
  const walk: Walk = {
    hasSuper,
    source,
    world,
    survey: result,
    inParameters: false,
    withDepth: 0,
    callDepth: 0,
  };
  for (const statement of program['body'] as Node[]) visit(statement, top, walk);
  return result;
}
