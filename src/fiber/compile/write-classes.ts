/**
 * Owns the text of classes and object literals: their methods, accessors, fields and constructors.
 *
 * A class stays where it stands, natively named. Each method that may block is followed by its twin as a private static
 * generator method, which sees the same private names and cannot be seen by anybody; a leading static block, which runs
 * before every other static initializer, attaches the one to the other:
 *
 *     m(a){B}     m(a){B}static*#t1(a){B'}     static{k=this;dm(k.prototype,"m",t1=k.#t1,…)}
 *
 * `super` in a moved body is written out over the home object, which is the class or its prototype. The variables
 * (k, t1) belong to the block around the class, so each evaluation of a class in a loop has its own; where there
 * is no such block (fields, parameters, loop heads) methods stay plain.
 *
 * Constructors: see runtime/construct.ts for the protocol between faces and twins.
 *
 * Past 400 lines because the elements of a class share its home, names and leading block.
 */
import {
  childrenOf,
  isClass,
  isFunction,
  staticKey,
  takesName,
  withoutParens,
  type Node,
} from './ast.ts';
import type { Block } from './frame.ts';
import { Frame } from './frame.ts';
import { constructorOf } from './fields.ts';
import { isCallSite } from './sites.ts';
import type { FunctionName, Unit } from './unit.ts';
import { callOf, writeMovedFields, type Fields } from './write-fields.ts';
import { bodyStart, infoOf, writeBody, writeInPlace, writePlainly } from './write-body.ts';
import {
  faceOf,
  faceParameters,
  getsTwin,
  isPlainName,
  making,
  newTargetLead,
} from './write-functions.ts';

const WHY_NO_BLOCK = 'its class stands in the head of a loop, in a class field or in a parameter';

interface ClassState {
  node: Node;
  /** The variable that holds the class, for `super` and for attaching twins. */
  variable: string;
  derived: boolean;
  compiles: boolean;
  attach: string[];
  hasFields: boolean;
  constructorTwin: boolean;
  /** Those that may wait, taken out of the class. */
  fields: Fields | null;
}

function lacksBlock(frame: Frame): boolean {
  for (let at: Frame | null = frame; at !== null; at = at.info.arrow ? at.parent : null) {
    if (at.loose > 0 || at.locked > 0 || at.info.node.type === 'PropertyDefinition') return true;
    if (at.info.arrow && (at.info.node['body'] as Node).type === 'BlockStatement') return false;
  }
  return false;
}

function hasInstanceState(body: readonly Node[]): boolean {
  return body.some(
    (element) =>
      element['static'] !== true &&
      (element.type === 'PropertyDefinition' ||
        (element.type === 'MethodDefinition' &&
          (element['key'] as Node).type === 'PrivateIdentifier')),
  );
}

/** super() in a nested arrow, or among the parameters: too entangled to take apart. */
function hasAwkwardSuper(constructor: Node): boolean {
  const inside = (node: Node, nested: boolean): boolean => {
    if (isClass(node) || (isFunction(node) && node.type !== 'ArrowFunctionExpression'))
      return false;
    if (node.type === 'CallExpression' && (node['callee'] as Node).type === 'Super' && nested)
      return true;
    const deeper = nested || node.type === 'ArrowFunctionExpression';
    return childrenOf(node).some((child) => inside(child, deeper));
  };
  return (
    (constructor['params'] as Node[]).some((parameter) => inside(parameter, true)) ||
    inside(constructor['body'] as Node, false)
  );
}

export function writeClass(node: Node, frame: Frame): void {
  const { unit } = frame;
  const edits = unit.edits;
  const body = node['body'] as Node;
  const elements = body['body'] as Node[];
  if (node['superClass']) unit.visit(node['superClass'] as Node, frame);
  const state: ClassState = {
    node,
    variable: unit.fresh('k'),
    derived: node['superClass'] !== null,
    compiles: !lacksBlock(frame),
    attach: [],
    hasFields: false,
    constructorTwin: false,
    fields: null,
  };
  const privates = new Map<string, string | null>();
  for (const element of elements) {
    if (element.type === 'StaticBlock') continue;
    const key = element['key'] as Node;
    if (key.type !== 'PrivateIdentifier') continue;
    const compiled =
      state.compiles &&
      element.type === 'MethodDefinition' &&
      element['kind'] === 'method' &&
      !(element['value'] as Node)['generator'] &&
      getsTwin(infoOf(element['value'] as Node, unit));
    privates.set(key['name'] as string, compiled ? unit.fresh('t') : null);
  }
  unit.privateMethods.push(privates);
  const constructor = constructorOf(node);
  // A debugger's breakpoints are lines, which they would leave.
  const movable = unit.keepsLines ? [] : (unit.survey.moved.get(node) ?? []);
  state.constructorTwin = constructorGetsTwin(constructor, movable.length > 0, state, unit);
  const moved = new Set(state.constructorTwin ? movable : []);
  const others = elements.filter((element) => !moved.has(element));
  state.hasFields = hasInstanceState(others);
  if (moved.size > 0)
    state.fields = writeMovedFields([...moved], frame, (field, inner) =>
      writeFieldValue(field, inner, state),
    );
  for (const element of others) {
    if (element.type === 'StaticBlock') writeStaticBlock(element, frame, state);
    else if (element.type === 'PropertyDefinition') writeField(element, frame, state);
    else if (element === constructor) writeConstructor(element, frame, state);
    else writeMethod(element, frame, state, privates);
  }
  unit.privateMethods.pop();
  if (constructor === undefined && state.constructorTwin) {
    if (state.derived) addImplicitConstructor(frame, state);
    else addImplicitBase(frame, state);
  }
  if (unit.edits === edits) return;
  const mark = unit.mark(node.start, node.end);
  if (!state.compiles) {
    unit.after(body.start + 1, mark);
    return;
  }
  frame.block.declarations.unshift(`let ${state.variable};`);
  unit.after(body.start + 1, `${mark}static{${state.variable}=this;${state.attach.join('')}}`);
}

function constructorGetsTwin(
  constructor: Node | undefined,
  hasMovable: boolean,
  state: ClassState,
  unit: Unit,
): boolean {
  if (!state.compiles) return false;
  if (constructor === undefined) {
    return (
      hasMovable ||
      (state.derived &&
        isCallSite(
          { type: 'CallExpression', start: 0, end: 0, callee: { type: 'Super' } },
          unit.world,
          unit.survey.blocks,
        ))
    );
  }
  const value = constructor['value'] as Node;
  if (!getsTwin(infoOf(value, unit))) return false;
  const isAwkward = state.derived && hasAwkwardSuper(value);
  if (isAwkward) unit.leaves(value, 'super() inside an arrow function or among the parameters');
  return !isAwkward;
}

function withHome(home: string | null): (inner: Frame) => string {
  return (inner) => {
    inner.homeText = home;
    return '';
  };
}

function methodStart(element: Node, unit: Unit): number {
  if (element['static'] !== true) return element.start;
  let at = element.start + 'static'.length;
  while (/\s/.test(unit.source[at]!)) at++;
  return at;
}

function homeOf(element: Node, state: ClassState): string {
  return element['static'] === true ? state.variable : `${state.variable}.prototype`;
}

function twinVariable(frame: Frame, name: string): string {
  frame.block.declarations.unshift(`let ${name};`);
  return name;
}

function label(key: Node, computed: boolean): string {
  const name = staticKey(key, computed);
  return name !== null && isPlainName(name.replace('#', '')) ? name.replace('#', '') : '';
}

function writeMethod(
  element: Node,
  frame: Frame,
  state: ClassState,
  privates: Map<string, string | null>,
): void {
  const { unit } = frame;
  const key = element['key'] as Node;
  const value = element['value'] as Node;
  const computed = element['computed'] === true;
  const info = infoOf(value, unit);
  const home = homeOf(element, state);
  const start = methodStart(element, unit);
  if (computed) unit.visit(key, frame);
  if (!state.compiles || !getsTwin(info)) {
    if (!state.compiles) unit.leaves(value, WHY_NO_BLOCK);
    writeInPlace(value, frame, { start, end: element.end }, withHome(home));
    return;
  }
  const mark = unit.mark(start, element.end);
  if (element['kind'] !== 'method') {
    writeAccessor(element, value, frame, home, mark);
    return;
  }
  writeBody(value, info, frame, info.generator ? 'raw' : 'twin', (inner) => {
    inner.homeText = home;
    return newTargetLead(inner);
  });
  const isPrivate = key.type === 'PrivateIdentifier';
  const known = isPrivate ? privates.get(key['name'] as string) : null;
  const twin = twinVariable(frame, known ?? unit.fresh('t'));
  const hidden = `#${twin}_${label(key, computed)}`;
  const head = `static*${hidden}`;
  const place = { start, end: element.end };
  unit.before(value.start, faceOf(value, frame, twin, place, withHome(home)) + head);
  const take = `${twin}=${state.variable}.${hidden}`;
  if (isPrivate) {
    // No instance to reach it by; `pm` attaches the twin where the method is read.
    state.attach.push(`${take};`);
    return;
  }
  const fixed = staticKey(key, computed);
  let keyText = JSON.stringify(fixed);
  if (computed && fixed === null) {
    keyText = twinVariable(frame, unit.fresh('q'));
    unit.before(key.start, `${keyText}=${unit.h('key')}(0,`);
    unit.after(key.end, ')');
  }
  if (info.generator) state.attach.push(`${take};${unit.h('gb')}(${home}[${keyText}]);`);
  else {
    state.attach.push(
      `${unit.h('dm')}(${home},${keyText},${take},${JSON.stringify(mark)},${info.usesNewTarget ? 1 : 0});`,
    );
  }
}

/**
 * An accessor makes its twin when it is called: the site that reads it never asks for one. Where its plain body is kept,
 * the twin stands inside it, for the site alone (see write-members.ts).
 */
function writeAccessor(
  element: Node,
  value: Node,
  frame: Frame,
  home: string | null,
  mark: string,
): void {
  const { unit } = frame;
  const info = infoOf(value, unit);
  const prepare = (inner: Frame): string => {
    inner.homeText = home;
    return newTargetLead(inner);
  };
  const name = label(element['key'] as Node, element['computed'] === true);
  const strict =
    info.strict && unit.format !== 'module' && !info.parent!.strict ? '"use strict";' : '';
  const fixed = staticKey(element['key'] as Node, element['computed'] === true);
  const known = fixed === null ? 'null' : JSON.stringify(fixed);
  const twin = `function*${name === '' ? '' : unit.local(name)}`;
  const getter = element['kind'] === 'get';
  const parameters = value['params'] as Node[];
  if (info.keepsBody && parameters.every(({ type }) => type === 'Identifier')) {
    const copy = unit.copy(value.start, value.end, () => {
      writeBody(value, info, frame, 'twin', prepare);
    });
    writePlainly(value, frame, withHome(home));
    const given = getter ? '' : `,[${parameters[0]!['name'] as string}]`;
    const S = unit.h('S');
    const announced = `${unit.h(getter ? 'get' : 'set')}(this,${twin}${copy}${given},${known})`;
    unit.after(
      bodyStart(value),
      `${mark};if(${S}.g!==null){if(${S}.g===this)return ${announced};${S}.g=null}`,
    );
    return;
  }
  writeBody(value, info, frame, 'twin', prepare);
  if (getter) {
    unit.before(value.start, `(){${mark}${strict}return ${unit.h('get')}(this,${twin}`);
    unit.after(value.end, `,${known})}`);
  } else {
    const names = faceParameters(value, unit);
    const given = names === '' ? `${unit.local('p0')}=void 0` : names;
    const simple = names === '' ? '' : strict;
    unit.before(value.start, `(${given}){${mark}${simple}${unit.h('set')}(this,${twin}`);
    unit.after(value.end, `,arguments,${known})}`);
  }
}

function writeField(element: Node, frame: Frame, state: ClassState): void {
  const { unit } = frame;
  const { edits } = unit;
  writeFieldParts(element, frame, state);
  unit.closeStatement(element, edits);
}

function writeFieldParts(element: Node, frame: Frame, state: ClassState): void {
  const { unit } = frame;
  if (element['computed'] === true) unit.visit(element['key'] as Node, frame);
  const value = element['value'] as Node | null;
  if (value === null) return;
  const inner = new Frame(unit, infoOf(element, unit), 'plain', frame, frame.block);
  writeFieldValue(element, inner, state);
  if (element['static'] === true || state.derived || !state.constructorTwin) return;
  const kind = withoutParens(value);
  if (isFunction(kind) || isClass(kind)) return;
  // A throwaway instance, made only so that a derived class can adopt the real one: no side effects.
  unit.before(value.start, `${unit.h('S')}.a?void 0:(`);
  unit.after(value.end, ')');
}

function writeFieldValue(element: Node, inner: Frame, state: ClassState): void {
  const { unit } = inner;
  const value = element['value'] as Node;
  inner.homeText = homeOf(element, state);
  const key = staticKey(element['key'] as Node, element['computed'] === true);
  const anonymous = takesName(value) && isFunction(withoutParens(value));
  if (key !== null) unit.visitNamed(value, inner, { text: key });
  else if (anonymous) writeInPlace(withoutParens(value), inner);
  else unit.visit(value, inner);
}

/** The call that puts the fields which may wait onto `self`, if the class has any; in a twin it is waited for. */
function fieldsOnto(self: string, mode: 'plain' | 'twin', state: ClassState, unit: Unit): string {
  if (state.fields === null) return '';
  const call = callOf(unit, state.variable, state.fields[mode], self);
  return mode === 'twin' ? `yield*${call}` : call;
}

function writeStaticBlock(element: Node, frame: Frame, state: ClassState): void {
  const { unit } = frame;
  const open = unit.find('{', element.start);
  const block: Block = { at: open + 1, lead: '', declarations: [] };
  const inner = new Frame(unit, infoOf(element, unit), 'plain', frame, block);
  inner.homeText = state.variable;
  unit.visit(
    { type: 'StatementList', start: open + 1, end: element.end, body: element['body'] },
    inner,
  );
  const text = inner.declarations() + block.declarations.join('');
  if (text !== '') unit.after(open + 1, text);
}

function writeConstructor(element: Node, frame: Frame, state: ClassState): void {
  const { unit } = frame;
  const value = element['value'] as Node;
  const info = infoOf(value, unit);
  const home = `${state.variable}.prototype`;
  if (!state.constructorTwin) {
    if (!state.compiles) unit.leaves(value, WHY_NO_BLOCK);
    writeBody(value, info, frame, 'plain', (inner) => {
      inner.homeText = home;
      inner.plainDerived = state.derived;
      return '';
    });
    return;
  }
  const twin = twinVariable(frame, unit.fresh('t'));
  const hidden = `#${twin}_constructor`;
  const plain = plainConstructor(value, frame, state, home);
  const parameters = faceParameters(value, unit);
  if (!state.derived) {
    const fields = fieldsOnto('this', 'twin', state, unit);
    writeBody(value, info, frame, 'twin', (inner) => {
      inner.homeText = home;
      return newTargetLead(inner) + (fields === '' ? '' : `${fields};`);
    });
    const face =
      plain ?? `(${parameters}){return ${unit.h('bc')}(this,${twin},arguments,new.target)}`;
    unit.before(value.start, `${face}static*${hidden}`);
    state.attach.push(
      `${unit.h('base')}(this,${twin}=this.${hidden},${info.usesNewTarget ? 1 : 0});`,
    );
    return;
  }
  const thisVariable = unit.fresh('z');
  const target = unit.fresh('n');
  writeBody(value, info, frame, 'twin', (inner) => {
    inner.homeText = home;
    inner.thisText = `${unit.h('chk')}(${thisVariable})`;
    inner.newTargetText = target;
    const fields = fieldsOnto(thisVariable, 'twin', state, unit);
    inner.derived = {
      classText: state.variable,
      thisVariable,
      hasFields: state.hasFields,
      fieldsText: fields === '' ? null : fields,
    };
    return `let ${thisVariable};const ${target}=${unit.h('nt')}();`;
  });
  const end = (value['body'] as Node).end - 1;
  unit.text.prependRight(end, `;return ${unit.h('chk')}(${thisVariable})`);
  const face = plain ?? `(${parameters})${derivedFace(unit, twin)}`;
  unit.before(value.start, `${face}static*${hidden}`);
  state.attach.push(`${unit.h('derived')}(this,${twin}=this.${hidden});`);
}

/**
 * A constructor's plain body behind the question whether somebody speaks the protocol (runtime/construct.ts). Its first
 * parameter carries the message, and the others must do nothing when they are left out.
 */
function plainConstructor(
  value: Node,
  frame: Frame,
  state: ClassState,
  home: string,
): string | null {
  const { unit } = frame;
  const parameters = value['params'] as Node[];
  const quiet = parameters.every(
    ({ type }, index) => type === 'Identifier' || (type === 'RestElement' && index > 0),
  );
  if (!infoOf(value, unit).keepsBody || !quiet) return null;
  // Before super() there is no `this` that the twin of such an arrow could take.
  if (state.derived && arrowTakesThis(value, unit)) return null;
  const first = (parameters[0]?.['name'] as string | undefined) ?? 'arguments[0]';
  const fields = fieldsOnto('this', 'plain', state, unit);
  return unit.copy(value.start, value.end, () => {
    writePlainly(value, frame, (inner) => {
      inner.homeText = home;
      inner.plainDerived = state.derived;
      if (state.derived && fields !== '') inner.fieldsText = fields;
      return '';
    });
    const answer = state.derived
      ? `if(${unit.h('cm')}(${first})===2){super(...${unit.h('sa')}(${first}));return}return ${first}.object`
      : `return ${unit.h('bt')}(${first})`;
    const before = state.derived || fields === '' ? '' : `${fields};`;
    unit.after(bodyStart(value), `;if(${first} instanceof ${unit.h('K')}){${answer}}${before}`);
  });
}

function arrowTakesThis(node: Node, unit: Unit): boolean {
  return childrenOf(node).some((child) => {
    if (child.type === 'ArrowFunctionExpression' && infoOf(child, unit).usesThis) return true;
    if (isClass(child) || (isFunction(child) && child.type !== 'ArrowFunctionExpression')) {
      return false;
    }
    return arrowTakesThis(child, unit);
  });
}

function derivedFace(unit: Unit, twin: string): string {
  const mode = unit.local('m');
  return (
    `{const ${mode}=${unit.h('cm')}(arguments[0]);` +
    `if(${mode}===0)return ${unit.h('dc')}(new.target,${twin},arguments);` +
    `if(${mode}===1)return arguments[0].object;super(...${unit.h('sa')}(arguments[0]))}`
  );
}

function addImplicitConstructor(frame: Frame, state: ClassState): void {
  const { unit } = frame;
  const twin = twinVariable(frame, unit.fresh('t'));
  const hidden = `#${twin}_constructor`;
  const rest = unit.local('r');
  const made = unit.local('z');
  const body = state.node['body'] as Node;
  unit.text.appendRight(
    body.start + 1,
    `constructor(...${rest}){if(${rest}[0] instanceof ${unit.h('K')}){` +
      `if(${unit.h('cm')}(${rest}[0])===2){super(...${unit.h('sa')}(${rest}[0]));return}return ${rest}[0].object}` +
      `super(...${rest});${fieldsOnto('this', 'plain', state, unit)}}static*${hidden}(...${rest}){` +
      `const ${made}=yield*${unit.h('sup')}(${state.variable},${unit.h('nt')}(),void 0,${rest},${state.hasFields});` +
      `${fieldsOnto(made, 'twin', state, unit)};return ${made}}`,
  );
  unit.edits++;
  state.attach.push(`${unit.h('derived')}(this,${twin}=this.${hidden});`);
}

/** The constructor of a base class that has none, where its fields may wait. */
function addImplicitBase(frame: Frame, state: ClassState): void {
  const { unit } = frame;
  const twin = twinVariable(frame, unit.fresh('t'));
  const hidden = `#${twin}_constructor`;
  const first = 'arguments[0]';
  unit.text.appendRight(
    (state.node['body'] as Node).start + 1,
    `constructor(){if(${first} instanceof ${unit.h('K')})return ${unit.h('bt')}(${first});` +
      `${fieldsOnto('this', 'plain', state, unit)}}static*${hidden}(){${fieldsOnto('this', 'twin', state, unit)}}`,
  );
  unit.edits++;
  state.attach.push(`${unit.h('base')}(this,${twin}=this.${hidden},0);`);
}

/** `super(…)` in the twin of a derived class's constructor. */
export function writeSuperConstructor(node: Node, frame: Frame): boolean {
  const derived = frame.derivedConstructor();
  if (derived === null || !frame.suspends) return false;
  const { unit } = frame;
  unit.yields(node, 'super');
  for (const argument of node['arguments'] as Node[]) unit.visit(argument, frame);
  const callee = node['callee'] as Node;
  const open = unit.find('(', callee.end);
  const close = node.end - 1;
  const call = `${unit.h('sup')}(${derived.classText},${frame.newTargetReference()},${derived.thisVariable},[`;
  unit.replace(node.start, open + 1, `(${derived.thisVariable}=yield*${call}`);
  const fields = derived.fieldsText;
  const onto = fields === null ? '' : `,${fields},${derived.thisVariable}`;
  unit.replace(close, node.end, `],${derived.hasFields})${onto})`);
  return true;
}

/** `{ m(a){…}, get x(){…}, f: function(){…} }`. */
export function writeObject(node: Node, frame: Frame): void {
  const { unit } = frame;
  const properties = node['properties'] as Node[];
  const loose = lacksBlock(frame);
  /** The variable that holds the literal, where a method of it says `super`. */
  let home: string | null = null;
  let needsHome = false;
  for (const property of properties) {
    if (property.type === 'SpreadElement') {
      // Copying properties is no iteration.
      unit.visit(property['argument'] as Node, frame);
      continue;
    }
    const key = property['key'] as Node;
    const value = property['value'] as Node;
    const computed = property['computed'] === true;
    const method = property['method'] === true;
    if (property['kind'] === 'init' && !method) {
      writeValue(property, frame);
      continue;
    }
    const info = infoOf(value, unit);
    const { usesSuper } = info;
    if (usesSuper) home ??= unit.fresh('h');
    // `super` in a literal's method is that of the literal it stands in.
    if (usesSuper && property['kind'] === 'init') info.keepsBody = false;
    if (computed) unit.visit(key, frame);
    const noPlace = loose && (usesSuper || staticKey(key, computed) === null);
    if (!getsTwin(info) || noPlace || hasOwnDirective(value, info.parent!.strict)) {
      if (usesSuper && !loose) needsHome = true;
      writeInPlace(value, frame, property, withHome(home));
      continue;
    }
    if (usesSuper) needsHome = true;
    const mark = unit.mark(property.start, property.end);
    if (property['kind'] !== 'init') {
      writeAccessor(property, value, frame, home, mark);
      continue;
    }
    writeLiteralMethod(property, frame, home);
  }
  if (!needsHome) return;
  frame.block.declarations.unshift(`let ${home};`);
  unit.before(node.start, `(${home}=`);
  unit.after(node.end, ')');
}

function hasOwnDirective(value: Node, outerStrict: boolean): boolean {
  if (outerStrict || value['generator'] !== true) return false;
  const body = (value['body'] as Node)['body'] as Node[];
  return body.some((statement) => statement['directive'] === 'use strict');
}

function writeLiteralMethod(property: Node, frame: Frame, home: string | null): void {
  const { unit } = frame;
  const key = property['key'] as Node;
  const value = property['value'] as Node;
  const computed = property['computed'] === true;
  const info = infoOf(value, unit);
  const fixed = staticKey(key, computed);
  const keyTemporary = fixed === null ? frame.acquire() : null;
  writeBody(value, info, frame, info.generator ? 'raw' : 'twin', (inner) => {
    inner.homeText = home;
    return newTargetLead(inner);
  });
  if (keyTemporary !== null) frame.release(keyTemporary);
  const name: FunctionName = fixed === null ? { key: keyTemporary! } : { text: fixed };
  const { open, close } = making(value, frame, name, 'method', property);
  const keyStart = computed ? unit.find('[', property.start) : key.start;
  if (info.generator) unit.remove(property.start, keyStart);
  if (keyTemporary !== null) {
    unit.before(key.start, `${keyTemporary}=${unit.h('key')}(0,`);
    unit.after(key.end, ')');
  } else if (!computed && fixed === '__proto__') unit.replace(key.start, key.end, '["__proto__"]');
  const labelText = label(key, computed);
  unit.before(value.start, `:${open}function*${labelText === '' ? '' : unit.local(labelText)}`);
  unit.after(value.end, close);
}

/** `key: value`, where the key may have to name an anonymous function. */
function writeValue(property: Node, frame: Frame): void {
  const { unit } = frame;
  const key = property['key'] as Node;
  const value = property['value'] as Node;
  const computed = property['computed'] === true;
  if (property['shorthand'] === true) {
    const reference = (value['name'] as string) === 'arguments' ? frame.argumentsReference() : null;
    if (reference !== null && reference !== 'arguments') unit.after(property.end, `:${reference}`);
    return;
  }
  if (computed) unit.visit(key, frame);
  const inner = withoutParens(value);
  const fixed = staticKey(key, computed);
  const anonymous = isFunction(inner) && inner['id'] == null && inner['async'] !== true;
  if (!anonymous || !getsTwin(infoOf(inner, unit))) {
    unit.visit(value, frame);
    return;
  }
  if (fixed === null && lacksBlock(frame)) {
    writeInPlace(inner, frame);
    return;
  }
  if (fixed !== null && (fixed !== '__proto__' || computed)) {
    unit.visitNamed(value, frame, { text: fixed });
  } else if (fixed !== null) unit.visitNamed(value, frame, { text: '' });
  else {
    const temporary = frame.acquire();
    unit.visitNamed(value, frame, { key: temporary });
    frame.release(temporary);
    unit.before(key.start, `${temporary}=${unit.h('key')}(0,`);
    unit.after(key.end, ')');
  }
}
