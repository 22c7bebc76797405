/**
 * Owns the writing of a function's parameters and body, in a frame of their own: as a twin's, as a plain body beside one,
 * or in place. What stands around them is write-functions.ts's and write-classes.ts's.
 */
import { boundNames, childrenOf, directiveCount, isFunction, type Node } from './ast.ts';
import { argumentsOf } from './described.ts';
import { Frame, type Block, type Mode } from './frame.ts';
import { staysAsItStands, type FunctionInfo } from './survey.ts';
import type { Unit } from './unit.ts';
import { isWrittenParameter, writeParameter } from './write-patterns.ts';

export function infoOf(node: Node, unit: Unit): FunctionInfo {
  return unit.survey.functions.get(node)!;
}

/**
 * A function's plain body, from its parameters on (an arrow's whole text): what stands in the source, with compiled
 * functions inside. Gives what stands for the copy.
 */
export function plainBody(
  node: Node,
  frame: Frame,
  place: { start: number; end: number },
  prepare?: (inner: Frame) => string,
): string {
  const { unit } = frame;
  const arrow = node.type === 'ArrowFunctionExpression';
  return unit.copy(arrow ? node.start : openOfParameters(node, unit), node.end, () => {
    writePlainly(node, frame, prepare);
    announce(node, unit);
    markInside(node, unit, place.start, place.end);
  });
}

/** In front of the body of what may be an accessor: was it called by a read or a write that can wait? */
function announce(node: Node, unit: Unit): void {
  const info = infoOf(node, unit);
  if (info.accessor === null) return;
  const given = argumentsOf(info, info.accessor)!;
  const asked = announced(info, unit, given);
  const body = node['body'] as Node;
  if (body.type === 'BlockStatement') unit.after(bodyStart(node), `;if(${asked})return;`);
  else {
    unit.before(body.start, `(${asked}?void 0:(`);
    unit.after(body.end, '))');
  }
}

/** The question, and what follows from a yes, as an expression. */
export function announced(info: FunctionInfo, unit: Unit, given: string): string {
  const self = info.arrow ? 'void 0' : 'this';
  return `${unit.h('S')}.g!==null&&${unit.h('ann')}("${info.accessor!}",${self},${given})`;
}

/** Where a body begins, behind its directives. */
export function bodyStart(node: Node): number {
  const body = node['body'] as Node;
  const statements = body['body'] as Node[];
  const directives = directiveCount(statements);
  return directives > 0 ? statements[directives - 1]!.end : body.start + 1;
}

/** The parts of a plain body beside its twin; most are what stands in the source, and not even looked at. */
export function writePlainly(node: Node, frame: Frame, prepare?: (inner: Frame) => string): void {
  const { unit } = frame;
  const info = infoOf(node, unit);
  if (staysAsItStands(info)) return;
  unit.untold(() => writeBody(node, info, frame, 'plain', prepare));
}

/** Visits the parts of a function in a frame of their own, and writes what its body has to declare. */
export function writeBody(
  node: Node,
  info: FunctionInfo,
  frame: Frame,
  mode: Mode,
  prepare: (inner: Frame) => string = () => '',
): Frame {
  const { unit } = frame;
  const body = node['body'] as Node;
  const isBlock = body.type === 'BlockStatement';
  const block: Block = { at: 0, lead: '', declarations: [] };
  const inner = new Frame(unit, info, mode, frame, block);
  const lead = prepare(inner);
  const parameters = node['params'] as Node[];
  const moved = mode === 'twin' && info.parameterBlocks && canMoveParameters(node);
  // Moved ones stand in a scope outside the body's, where its declarations cannot be seen.
  const outside: Block = { at: 0, lead: '', declarations: [] };
  if (moved) inner.block = outside;
  else inner.locked++;
  const given = unit.local('r');
  for (const [index, parameter] of parameters.entries()) {
    if (moved && isWrittenParameter(parameter, inner))
      writeParameter(parameter, given, index, inner);
    else unit.visit(parameter, inner);
  }
  if (!moved) inner.locked--;
  inner.block = block;
  if (isBlock) {
    const statements = body['body'] as Node[];
    const directives = directiveCount(statements);
    block.at = directives > 0 ? statements[directives - 1]!.end : body.start + 1;
    if (directives > 0) block.lead = ';';
    unit.visit(body, inner);
    const own = moved ? '' : lead + inner.declarations();
    const text = block.lead + own + block.declarations.join('');
    if (text !== block.lead) unit.after(block.at, text);
    if (moved) unit.after(body.end, '}');
  } else {
    unit.visit(body, inner);
    const own = moved ? '' : lead + inner.declarations();
    const text = own + block.declarations.join('');
    if (mode === 'twin' || text !== '') {
      unit.before(body.start, `{${text}return(`);
      unit.after(body.end, moved ? ')}}' : ')}');
    }
  }
  if (moved) {
    // `(a=…,b)` + body  ->  `(...r){let [a=…,b]=r;` + body + `}`
    const open = openOfParameters(node, unit);
    const close = closeOfParameters(node, unit);
    unit.replace(open, open + 1, `(...${given}`);
    const own = lead + inner.declarations() + outside.declarations.join('');
    unit.before(open + 1, `){${own}let [`);
    unit.replace(close, close + 1, `]=${given};`);
  }
  return inner;
}

/**
 * Default values may block, but a generator's parameters cannot yield. So they become a declaration in the body,
 * in a scope outside the body's own.
 */
function canMoveParameters(node: Node): boolean {
  const names = new Set<string>();
  for (const parameter of node['params'] as Node[]) {
    for (const name of boundNames(parameter)) names.add(name);
  }
  return !names.has('arguments') && !declaresVar(node['body'] as Node, names);
}

function declaresVar(node: Node, names: Set<string>): boolean {
  if (node.type === 'FunctionDeclaration') {
    return node['id'] !== null && names.has((node['id'] as Node)['name'] as string);
  }
  if (isFunction(node) || node.type === 'ClassBody') return false;
  if (node.type === 'VariableDeclaration' && node['kind'] === 'var') {
    for (const declarator of node['declarations'] as Node[]) {
      if (boundNames(declarator['id'] as Node).some((name) => names.has(name))) return true;
    }
  }
  return childrenOf(node).some((child) => declaresVar(child, names));
}

/** Where the parenthesis of the parameters opens. */
export function openOfParameters(node: Node, unit: Unit): number {
  if (node.type === 'ArrowFunctionExpression') return unit.find('(', node.start);
  const from = node['id'] ? (node['id'] as Node).end : node.start;
  return unit.find('(', from);
}

function closeOfParameters(node: Node, unit: Unit): number {
  const parameters = node['params'] as Node[];
  return unit.find(')', parameters[parameters.length - 1]!.end);
}

/** A function that keeps its form: plain, or async with yield points that await. */
export function writeInPlace(
  node: Node,
  frame: Frame,
  place: { start: number; end: number } = node,
  prepare?: (inner: Frame) => string,
): void {
  const { unit } = frame;
  const info = infoOf(node, unit);
  const edits = unit.edits;
  const mode: Mode = info.async && info.blocks && info.plainBecause === null ? 'async' : 'plain';
  if (mode === 'plain' && staysAsItStands(info)) return;
  writeBody(node, info, frame, mode, prepare);
  if (unit.edits !== edits) markInside(node, unit, place.start, place.end);
}

/** The mark must come before those of functions inside, in the parameters too. */
export function markInside(node: Node, unit: Unit, start: number, end: number): void {
  const body = node['body'] as Node;
  const parameters = node['params'] as Node[];
  if (parameters.some((parameter) => parameter.type !== 'Identifier')) {
    unit.text.prependRight(openOfParameters(node, unit) + 1, unit.mark(start, end));
  } else if (body.type === 'BlockStatement') {
    unit.text.appendRight(body.start + 1, unit.mark(start, end));
  } else unit.after(unit.find('=>', arrowFrom(node)) + 2, unit.mark(start, end));
}

/** From where on to look for an arrow. */
export function arrowFrom(node: Node): number {
  const parameters = node['params'] as Node[];
  return parameters.length > 0 ? parameters[parameters.length - 1]!.end : node.start;
}
