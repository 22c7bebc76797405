/**
 * Owns the shape of compiled functions: the face, which is the function that everybody sees, and the twin, which
 * is the body in generator form.
 *
 * The face is the function as it stood, body and all, so that plain callers run it at the speed of plain code; where it
 * must wait, it pins, as any plain code does. The twin serves callers that can suspend. Where two bodies would be too
 * much text (budget.ts), and for generators, the face has none and drives the twin; it refers to no name of the user's
 * then, so faces of expressions are made by factories hoisted to the end of the file:
 *
 *     function f(a){B}        function f(a){B}function*tw(a){B'}    and, where the scope begins: def(f,tw)
 *     (a)=>B                  dl((a)=>B,function*(a){B'})
 *     without its body        function f(_0){return face(this,tw,arguments,new.target)}, fn(factory,function*(a){B'})
 *     function*g(a){B}        a generator face that drives the raw generator of the body (see runtime/generators)
 *     async function h(a){B}  in place; yield points await
 */
import { childrenOf, withoutParens, type Node } from './ast.ts';
import type { Frame } from './frame.ts';
import type { FunctionInfo } from './survey.ts';
import type { FunctionName, Unit } from './unit.ts';
import {
  announced,
  arrowFrom,
  infoOf,
  openOfParameters,
  plainBody,
  writeBody,
  writeInPlace,
} from './write-body.ts';

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
const RESERVED = new Set(
  (
    'break case catch class const continue debugger default delete do else enum export extends false finally for ' +
    'function if import in instanceof new null return super switch this throw true try typeof var void while ' +
    'with yield let static await implements interface package private protected public eval arguments'
  ).split(' '),
);

export function isPlainName(name: string): boolean {
  return IDENTIFIER.test(name) && !RESERVED.has(name);
}

/** Will this function get a twin (or, a generator, a raw form)? */
export function getsTwin(info: FunctionInfo): boolean {
  return info.blocks && !info.async && info.plainBecause === null && !info.parameterNewTarget;
}

/** May it keep its plain body as its face? A generator's face has to know the raw form. */
export function canKeepBody(info: FunctionInfo): boolean {
  return info.parent !== null && getsTwin(info) && !info.generator;
}

/** The face's parameters: as many as the original's length says. */
export function faceParameters(node: Node, unit: Unit): string {
  const names: string[] = [];
  for (const parameter of node['params'] as Node[]) {
    if (parameter.type === 'AssignmentPattern' || parameter.type === 'RestElement') break;
    names.push(unit.local(`p${names.length}`));
  }
  return names.join(',');
}

function directive(info: FunctionInfo, unit: Unit): string {
  return info.strict && unit.format !== 'module' ? '"use strict";' : '';
}

/** The parameters and body of a face. `twin` names the twin, for a face that needs it. */
export function faceOf(
  node: Node,
  frame: Frame,
  twin: string,
  place: { start: number; end: number },
  prepare?: (inner: Frame) => string,
): string {
  const { unit } = frame;
  const info = infoOf(node, unit);
  if (info.keepsBody) return plainBody(node, frame, place, prepare);
  const mark = unit.mark(place.start, place.end);
  if (info.generator) return generatorFace(node, unit, twin, mark);
  return `(${faceParameters(node, unit)})${faceBody(info, unit, twin, mark)}`;
}

/** The body of the face that drives an ordinary function's twin, between its braces. */
function faceBody(info: FunctionInfo, unit: Unit, twin: string, mark: string): string {
  const target = info.arrow ? '' : ',new.target';
  const asked = info.accessor === null ? '' : `${announced(info, unit, 'arguments')}?void 0:`;
  return `{${mark}${directive(info, unit)}return ${asked}${unit.h('face')}(${info.arrow ? 'void 0' : 'this'},${twin},arguments${target})}`;
}

/** The parameters and body of the face of a generator function. */
function generatorFace(node: Node, unit: Unit, twin: string, mark: string): string {
  const parameters = faceParameters(node, unit);
  const raw = unit.local('g');
  const rest = `...{[${unit.h('gk')}(${twin},this,arguments)]:${raw}=${unit.h('gt')}()}`;
  return `(${parameters}${parameters === '' ? '' : ','}${rest}){${mark}return yield*${unit.h('gf')}(${raw})}`;
}

/**
 * What ties a function to its twin where it is made. One of the file's top, or of what is called around all of it, is
 * made once and may be found faster; one inside is made over and over.
 */
const attaching = ({ info }: Frame): 'def' | 'dl' => (info.outermost ? 'def' : 'dl');

/** What the runtime has to know of a twin (see attach in runtime/twins.ts). */
function flagsOf(info: FunctionInfo): number {
  return (info.usesNewTarget && !info.arrow ? 1 : 0) + (info.accessor === null ? 0 : 2);
}

/** `function f(){}` in a statement list. Returns false when it stays as it is. */
export function writeDeclaration(node: Node, frame: Frame, isLast: boolean): boolean {
  const { unit } = frame;
  const info = infoOf(node, unit);
  if (!getsTwin(info)) return false;
  const identifier = node['id'] as Node | null;
  if (isStrictByItself(info, unit)) {
    unit.leaves(node, WHY_STRICT);
    return false;
  }
  const name = identifier === null ? unit.fresh('d') : (identifier['name'] as string);
  const twin = `${unit.fresh('d')}_${identifier === null ? 'default' : name}`;
  writeBody(node, info, frame, info.generator ? 'raw' : 'twin', newTargetLead);
  const open = openOfParameters(node, unit);
  const head = `function${info.generator ? '*' : ''} ${name}`;
  const face = head + faceOf(node, frame, twin, node);
  unit.replace(node.start, open, `function*${twin}`);
  unit.before(node.start, face);
  if (isLast) {
    const attach = info.generator
      ? `${unit.h('gb')}(${name})`
      : `${unit.h(attaching(frame))}(${name},${twin},${flagsOf(info)})`;
    frame.block.declarations.push(
      identifier === null ? `${unit.h('nd')}(${attach},"default");` : `${attach};`,
    );
  }
  if (identifier === null) unit.after(node.end, `;export{${name} as default};`);
  return true;
}

/** Names new.target in a twin, which cannot say it. */
export function newTargetLead(inner: Frame): string {
  if (inner.info.arrow || !inner.info.usesNewTarget || inner.mode !== 'twin') return '';
  const name = inner.unit.fresh('n');
  inner.newTargetText = name;
  return `const ${name}=${inner.unit.h('nt')}();`;
}

/** Does a function's body name the function itself? Most do not even hold the word. */
function usesOwnName(body: Node, name: string, { source }: Unit): boolean {
  const at = source.indexOf(name, body.start);
  const escaped = source.includes('\\u');
  return ((at >= 0 && at < body.end) || escaped) && referencesOwnName(body, name);
}

function referencesOwnName(node: Node, name: string): boolean {
  if (node.type === 'Identifier') return node['name'] === name;
  return childrenOf(node).some((child) => referencesOwnName(child, name));
}

function assignsOwnName(node: Node, name: string): boolean {
  if (node.type === 'AssignmentExpression' || node.type === 'UpdateExpression') {
    const target = withoutParens((node['left'] ?? node['argument']) as Node);
    if (target.type === 'Identifier' ? target['name'] === name : referencesOwnName(target, name)) {
      return true;
    }
  }
  return childrenOf(node).some((child) => assignsOwnName(child, name));
}

/**
 * The text that makes a function with its twin: before the twin's text, and behind it.
 *
 * A face with a plain body stands here, in the user's scope. Any other closes over its twin alone.
 */
export function making(
  node: Node,
  frame: Frame,
  name: FunctionName,
  kind: 'function' | 'method',
  place: { start: number; end: number },
): { open: string; close: string } {
  const { unit } = frame;
  const info = infoOf(node, unit);
  const flags = flagsOf(info);
  if (!info.keepsBody) {
    const factory = hoistFactory(node, unit, name, kind, unit.mark(place.start, place.end));
    const key = 'key' in name ? `,${name.key}` : '';
    return info.generator
      ? { open: `${unit.h('gfn')}(${factory},`, close: `${key})` }
      : { open: `${unit.h('fn')}(${factory},${flags},`, close: `${key})` };
  }
  const body = plainBody(node, frame, place);
  const key = 'key' in name ? name.key : JSON.stringify(name.text);
  const own = node['id'] ? ((node['id'] as Node)['name'] as string) : null;
  const computed = 'key' in name || name.text === '__proto__';
  const property = computed ? `[${key}]` : key;
  let made: string;
  if (kind === 'method') made = `({${property}${body}})[${key}]`;
  else {
    const face = info.arrow ? body : `function ${own ?? ''}${body}`;
    made = own !== null || key === '""' ? face : `({${property}:${face}})[${key}]`;
  }
  return { open: `${unit.h(attaching(frame))}(${made},`, close: flags > 0 ? `,${flags})` : ')' };
}

/** A factory for a face that closes over its twin alone. Returns the factory's name. */
function hoistFactory(
  node: Node,
  unit: Unit,
  name: FunctionName,
  kind: 'function' | 'method',
  mark: string,
): string {
  const info = infoOf(node, unit);
  const factory = unit.fresh('m');
  const twin = unit.local('t');
  const key = 'key' in name ? unit.local('k') : JSON.stringify(name.text);
  const text = 'text' in name ? name.text : null;
  // A fixed key is part of the literal's shape; a computed one would be defined at run time, each time.
  const method = text === null ? `[${key}]` : key;
  const field = text === null || text === '__proto__' ? `[${key}]` : key;
  let made: string;
  if (info.generator) {
    const face = generatorFace(node, unit, twin, mark);
    if (kind === 'method') made = `({*${method}${face}})[${key}]`;
    else if (text === '') made = `(0,function*${face})`;
    else if (text !== null && isPlainName(text)) made = `function*${text}${face}`;
    else made = `({${field}:function*${face}})[${key}]`;
  } else {
    const rest = `(${faceParameters(node, unit)})${faceBody(info, unit, twin, mark)}`;
    if (kind === 'method' || info.arrow) made = `({${method}${rest}})[${key}]`;
    else if (text === '') made = `(0,function${rest})`;
    else if (text !== null && isPlainName(text)) made = `function ${text}${rest}`;
    else made = `({${field}:function${rest}})[${key}]`;
  }
  const parameters = 'key' in name ? `${twin},${key}` : twin;
  unit.hoisted.push(`function ${factory}(${parameters}){return ${made}}`);
  return factory;
}

/** Why an expression that could have a twin has none. */
function whyInPlace(node: Node, frame: Frame, own: string | null): string | null {
  const info = infoOf(node, frame.unit);
  if (info.arrow && info.usesThis && frame.inPlainDerived())
    return 'an arrow function with this, in a constructor that cannot be suspended';
  if (own !== null && assignsOwnName(node['body'] as Node, own)) return 'assigns to its own name';
  return isStrictByItself(info, frame.unit) ? WHY_STRICT : null;
}

const WHY_STRICT = 'a generator function with a directive of its own';

const isStrictByItself = (info: FunctionInfo, unit: Unit): boolean =>
  info.generator && directive(info, unit) !== '' && !info.parent!.strict;

/** A function or arrow that stands as an expression. */
export function writeFunctionExpression(node: Node, frame: Frame, name: FunctionName): void {
  const { unit } = frame;
  const info = infoOf(node, unit);
  const own = node['id'] ? ((node['id'] as Node)['name'] as string) : null;
  const ownIsUsed = own !== null && usesOwnName(node['body'] as Node, own, unit);
  const why = getsTwin(info) ? whyInPlace(node, frame, ownIsUsed ? own : null) : null;
  if (why !== null) unit.leaves(node, why);
  if (!getsTwin(info) || why !== null) {
    writeInPlace(node, frame);
    return;
  }
  const given: FunctionName = own === null ? name : { text: own };
  let wrapOpen = '';
  let wrapClose = '';
  const prepare = (inner: Frame): string => {
    if (!info.arrow) return newTargetLead(inner);
    const takes = captureForArrow(inner, frame);
    wrapOpen = takes.open;
    wrapClose = takes.close;
    return '';
  };
  writeBody(node, info, frame, info.generator ? 'raw' : 'twin', prepare);
  const label = 'text' in given && isPlainName(given.text) ? unit.local(given.text) : '';
  const { open: make, close: made } = making(node, frame, given, 'function', node);
  if (info.arrow) {
    const parameters = node['params'] as Node[];
    const arrow = unit.find('=>', arrowFrom(node));
    unit.replace(arrow, arrow + 2, ' ');
    const bare =
      parameters.length === 1 &&
      unit.source[node.start] !== '(' &&
      parameters[0]!.start === node.start;
    if (bare) unit.after(parameters[0]!.end, ')');
    unit.before(node.start, `${wrapOpen}${make}function*${label}${bare ? '(' : ''}`);
    unit.after(node.end, `${made}${wrapClose}`);
    return;
  }
  const open = openOfParameters(node, unit);
  unit.replace(node.start, open, `function*${label}`);
  if (ownIsUsed) {
    unit.before(node.start, `(()=>{const ${own}=${make}`);
    unit.after(node.end, `${made};return ${own}})()`);
  } else {
    unit.before(node.start, make);
    unit.after(node.end, made);
  }
}

/**
 * An arrow takes `this` and the rest from where it stands. In a body, the enclosing frame keeps them in
 * constants; in parameters and class fields there is no place for a constant, so the arrow is wrapped.
 */
function captureForArrow(inner: Frame, outer: Frame): { open: string; close: string } {
  const { info, unit } = inner;
  let owner: Frame = outer;
  while (owner.info.arrow && owner.locked === 0) owner = owner.parent!;
  const isField = owner.info.node.type === 'PropertyDefinition';
  if (!isField && outer.locked === 0 && owner.locked === 0) return { open: '', close: '' };
  const names: string[] = [];
  const values: string[] = [];
  if (info.usesThis) {
    const text = outer.thisReference();
    // In a derived class's constructor it may not be there yet, and is looked up where it is used.
    if (text.startsWith(`${unit.h('chk')}(`)) inner.thisText = text;
    else {
      inner.thisText = unit.fresh('v');
      names.push(inner.thisText);
      values.push(text);
    }
  }
  if (info.usesArguments && !isField) {
    inner.argumentsText = unit.fresh('v');
    names.push(inner.argumentsText);
    values.push(outer.argumentsReference());
  }
  if (info.usesNewTarget) {
    inner.newTargetText = unit.fresh('v');
    names.push(inner.newTargetText);
    values.push(outer.newTargetReference());
  }
  if (names.length === 0) return { open: '', close: '' };
  return { open: `((${names.join(',')})=>`, close: `)(${values.join(',')})` };
}
