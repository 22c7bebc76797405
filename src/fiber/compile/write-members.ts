/**
 * Owns the text of property reads and writes that may run an accessor which blocks.
 *
 * The site says on which object it reads (`S.g`); the face of a compiled getter that finds itself read there
 * leaves its generator behind instead of driving it, and the site, seeing that (`S.g === S`), waits for it:
 *
 *     o.x        (o=O,S.g=o,v=o.x,S.g===S?yield*tk():(S.g=null,v))
 *
 * So data properties cost two stores and a comparison, nothing is looked up twice, and an accessor that is not
 * ours runs as it always did. Naming the receiver keeps any code in between (a proxy's trap, a native accessor)
 * from being taken for the site. Every catch clause clears the mark, since the read may throw.
 */
import { withoutParens, type Node } from './ast.ts';
import { suspend, type Frame } from './frame.ts';
import { isWriteSite } from './sites.ts';

/** A computed key, made a property key before the mark is set: its toString may read properties too. */
export function writeKey(property: Node, frame: Frame, receiver: string): string {
  const { unit } = frame;
  unit.visit(property, frame);
  const key = frame.acquire();
  frame.release(key);
  unit.before(property.start, `(${key}=${unit.h('key')}(${receiver},(`);
  unit.after(property.end, `)),${unit.h('S')}.g=${receiver},${key})`);
  return key;
}

/** As accessors call themselves: private names with their #. */
export function nameOf(property: Node): string {
  const name = property['name'] as string;
  return property.type === 'PrivateIdentifier' ? `#${name}` : name;
}

function flag(frame: Frame): { g: string; mark: string } {
  const mark = frame.unit.h('S');
  return { g: `${mark}.g`, mark };
}

/** Object and computed key only: the operand of delete, an assignment's or a pattern's target. */
export function visitTarget(node: Node, frame: Frame): void {
  const { unit } = frame;
  const inner = withoutParens(node);
  if (inner.type !== 'MemberExpression') {
    unit.visit(inner, frame);
    return;
  }
  if ((inner['object'] as Node).type === 'Super') {
    if (inner['computed'] === true) unit.visit(inner['property'] as Node, frame);
    return;
  }
  unit.visit(inner['object'] as Node, frame);
  if (inner['computed'] === true) unit.visit(inner['property'] as Node, frame);
}

function superKey(node: Node, frame: Frame): string {
  const property = node['property'] as Node;
  if (node['computed'] !== true) return JSON.stringify(property['name']);
  frame.unit.visit(property, frame);
  return '';
}

/** `super.x` in a twin, which has no home object of its own. */
export function writeSuperRead(node: Node, frame: Frame): void {
  const { unit } = frame;
  const home = frame.homeReference();
  const key = superKey(node, frame);
  if (home === null) return;
  const call = `${unit.h('sget')}(${home},${frame.thisReference()},`;
  if (key !== '') unit.replace(node.start, node.end, `${call}${key})`);
  else {
    const property = node['property'] as Node;
    unit.replace(node.start, property.start, call);
    unit.replace(property.end, node.end, ')');
  }
}

/** Assignments to members; returns false when the natural form is right. */
export function writeAssignment(node: Node, frame: Frame): boolean {
  const { unit } = frame;
  const target = withoutParens(node['left'] as Node);
  if (target.type !== 'MemberExpression') return false;
  const right = node['right'] as Node;
  const operator = node['operator'] as string;
  const object = target['object'] as Node;
  const computed = target['computed'] === true;
  const property = target['property'] as Node;
  const home = object.type === 'Super' ? frame.homeReference() : null;
  if (object.type === 'Super') {
    if (home === null) return false;
  } else if (!frame.suspends || !isWriteSite(target, unit.world)) return false;
  const { g, mark } = flag(frame);
  const isSuper = object.type === 'Super';
  if (!isSuper) unit.visit(object, frame);
  const receiver = frame.acquire();
  const value = frame.acquire();
  const key = computed || isSuper ? frame.acquire() : null;
  if (computed) unit.visit(property, frame);
  unit.visit(right, frame);
  unit.keepNameless(right);
  const place = computed
    ? `${receiver}[${key!}]`
    : `${receiver}.${unit.source.slice(property.start, property.end)}`;
  const take = suspend(frame, `${unit.h('tk')}()`);
  const name = `${mark}.k=${key ?? JSON.stringify(nameOf(property))},`;
  frame.release(receiver, value);
  if (key !== null) frame.release(key);
  const strict = frame.info.strict;
  const read = isSuper
    ? `${value}=${unit.h('sget')}(${home!},${frame.thisReference()},${key!})`
    : `${name}${g}=${receiver},${value}=${place},${g}===${mark}?${value}=${take}:${g}=null`;
  const write = isSuper
    ? `${unit.h('sset')}(${home!},${frame.thisReference()},${key!},${value},${strict})`
    : `${name}${g}=${receiver},${place}=${value},${g}===${mark}?${take}:${g}=null`;
  const open = unit.after.bind(unit);
  if (isSuper) {
    if (computed) {
      unit.replace(node.start, property.start, `(${key!}=${unit.h('key')}(0,(`);
      open(property.end, ')),');
    } else unit.replace(node.start, target.end, `(${key!}=${JSON.stringify(property['name'])},`);
  } else {
    unit.before(node.start, `(${receiver}=`);
    if (node['left'] !== target) unit.remove(node.start, object.start);
    if (computed) {
      unit.replace(object.end, property.start, `,${key!}=${unit.h('key')}(${receiver},(`);
      open(property.end, ')),');
      unit.remove(property.end, target.end);
    } else unit.replace(object.end, target.end, ',');
  }
  unit.remove(target.end, right.start);
  if (operator === '=') {
    unit.before(right.start, `${value}=`);
    unit.after(node.end, `,${write},${value})`);
  } else if (operator === '&&=' || operator === '||=' || operator === '??=') {
    unit.before(right.start, `${read},${value}${operator.slice(0, 2)}(${value}=`);
    unit.after(node.end, `,${write},${value}))`);
  } else {
    unit.before(right.start, `${read},${value}=${value}${operator.slice(0, -1)}(`);
    unit.after(node.end, `),${write},${value})`);
  }
  return true;
}

/** `o.x++` and its kin; returns false when the natural form is right. */
export function writeUpdate(node: Node, frame: Frame): boolean {
  const { unit } = frame;
  const argument = node['argument'] as Node;
  const target = withoutParens(argument);
  if (target.type !== 'MemberExpression') return false;
  const object = target['object'] as Node;
  const property = target['property'] as Node;
  const computed = target['computed'] === true;
  const home = object.type === 'Super' ? frame.homeReference() : null;
  if (object.type === 'Super') {
    if (home === null) return false;
  } else if (!frame.suspends || !isWriteSite(target, unit.world)) return false;
  const { g, mark } = flag(frame);
  const isSuper = object.type === 'Super';
  if (!isSuper) unit.visit(object, frame);
  const receiver = frame.acquire();
  const old = frame.acquire();
  const next = frame.acquire();
  const key = computed || isSuper ? frame.acquire() : null;
  if (computed) unit.visit(property, frame);
  const place = computed
    ? `${receiver}[${key!}]`
    : `${receiver}.${unit.source.slice(property.start, property.end)}`;
  const take = suspend(frame, `${unit.h('tk')}()`);
  const name = `${mark}.k=${key ?? JSON.stringify(nameOf(property))},`;
  frame.release(receiver, old, next);
  if (key !== null) frame.release(key);
  const read = isSuper
    ? `${next}=${unit.h('sget')}(${home!},${frame.thisReference()},${key!})`
    : `${name}${g}=${receiver},${next}=${place},${g}===${mark}?${next}=${take}:${g}=null`;
  const write = isSuper
    ? `${unit.h('sset')}(${home!},${frame.thisReference()},${key!},${next},${frame.info.strict})`
    : `${name}${g}=${receiver},${place}=${next},${g}===${mark}?${take}:${g}=null`;
  // ToNumeric, once: the postfix form hands out the old value already converted.
  const step = `${old}=${next}${node['operator'] as string}`;
  const rest = `${read},${step},${write},${node['prefix'] === true ? next : old})`;
  const end = node.end;
  if (isSuper) {
    if (computed) {
      unit.replace(node.start, property.start, `(${key!}=${unit.h('key')}(0,(`);
      unit.replace(property.end, end, `)),${rest}`);
    } else unit.replace(node.start, end, `(${key!}=${JSON.stringify(property['name'])},${rest}`);
    return true;
  }
  if (object.start > node.start) unit.remove(node.start, object.start);
  unit.before(node.start, `(${receiver}=`);
  if (computed) {
    unit.replace(object.end, property.start, `,${key!}=${unit.h('key')}(${receiver},(`);
    unit.replace(property.end, end, `)),${rest}`);
  } else unit.replace(object.end, end, `,${rest}`);
  return true;
}
