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
import { placeOf, suspend, type Frame } from './frame.ts';
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

/** A member as the place of a value: its object and key evaluated once, then read, written or both. */
class Place {
  readonly #frame: Frame;
  readonly #target: Node;
  /** Where `super` is looked up; null for ordinary objects. */
  readonly #home: string | null;
  readonly #receiver: string;
  readonly #key: string | null;

  /** Visits the object, and takes the temporaries; null where the natural form is right. */
  static of(target: Node, frame: Frame): Place | null {
    if (target.type !== 'MemberExpression') return null;
    const isSuper = (target['object'] as Node).type === 'Super';
    const home = isSuper ? frame.homeReference() : null;
    if (isSuper ? home === null : !frame.suspends || !isWriteSite(target, frame.unit.world)) {
      return null;
    }
    return new Place(target, home, frame);
  }

  private constructor(target: Node, home: string | null, frame: Frame) {
    this.#frame = frame;
    this.#target = target;
    this.#home = home;
    if (home === null) frame.unit.visit(target['object'] as Node, frame);
    this.#receiver = frame.acquire();
    const keyed = target['computed'] === true || home !== null;
    this.#key = keyed ? frame.acquire() : null;
    if (target['computed'] === true) frame.unit.visit(target['property'] as Node, frame);
  }

  release(value: string, other?: string): void {
    this.#frame.release(this.#receiver, value);
    if (other !== undefined) this.#frame.release(other);
    if (this.#key !== null) this.#frame.release(this.#key);
  }

  /** Announces the access (see the head), makes it, and waits if an accessor asks for that. */
  #announced(access: string, at: number, waited: (generator: string) => string): string {
    const { unit } = this.#frame;
    unit.yields(this.#target, unit.slice(this.#target['property'] as Node));
    const mark = unit.h('S');
    const key = this.#key ?? JSON.stringify(nameOf(this.#target['property'] as Node));
    const take = waited(suspend(this.#frame, `${unit.h('tk')}()`, at));
    return `${mark}.k=${key},${mark}.g=${this.#receiver},${access},${mark}.g===${mark}?${take}:${mark}.g=null`;
  }

  get #text(): string {
    const property = this.#target['property'] as Node;
    return this.#target['computed'] === true
      ? `${this.#receiver}[${this.#key!}]`
      : `${this.#receiver}.${this.#frame.unit.slice(property)}`;
  }

  /** @param at where V8 says that the value is read. */
  read(into: string, at: number): string {
    const { unit } = this.#frame;
    if (this.#home !== null) {
      return `${into}=${unit.h('sget')}(${this.#home},${this.#frame.thisReference()},${this.#key!})`;
    }
    const access = `${unit.place(at)}${into}=${this.#text}`;
    return this.#announced(access, at, (generator) => `${into}=${generator}`);
  }

  /** @param at where V8 says that the value is written. */
  write(from: string, at: number): string {
    const { unit } = this.#frame;
    if (this.#home !== null) {
      return `${unit.h('sset')}(${this.#home},${this.#frame.thisReference()},${this.#key!},${from},${this.#frame.info.strict})`;
    }
    const access = `${unit.place(at)}${this.#text}=${from}`;
    return this.#announced(access, at, (generator) => generator);
  }

  /** Writes the object and the key, from `start` on, and `rest` instead of what is left until `end`. */
  open(start: number, end: number, rest: string): void {
    const { unit } = this.#frame;
    const object = this.#target['object'] as Node;
    const property = this.#target['property'] as Node;
    const computed = this.#target['computed'] === true;
    const isSuper = this.#home !== null;
    if (!isSuper) {
      if (object.start > start) unit.remove(start, object.start);
      unit.before(start, `(${this.#receiver}=`);
    }
    const from = isSuper ? start : object.end;
    const lead = isSuper ? '(' : ',';
    if (computed) {
      const receiver = isSuper ? '0' : this.#receiver;
      unit.replace(from, property.start, `${lead}${this.#key!}=${unit.h('key')}(${receiver},(`);
      unit.replace(property.end, end, `)),${rest}`);
    } else {
      const key = isSuper ? `${this.#key!}=${JSON.stringify(property['name'])},` : '';
      unit.replace(from, end, `${lead}${key}${rest}`);
    }
  }
}

/** Assignments to members; returns false when the natural form is right. */
export function writeAssignment(node: Node, frame: Frame): boolean {
  const { unit } = frame;
  const target = withoutParens(node['left'] as Node);
  const right = node['right'] as Node;
  const operator = node['operator'] as string;
  const place = Place.of(target, frame);
  if (place === null) return false;
  const value = frame.acquire();
  unit.visit(right, frame);
  unit.keepNameless(right);
  const read = place.read(value, placeOf(target, unit));
  const write = place.write(value, unit.find(operator, (node['left'] as Node).end));
  place.release(value);
  place.open(node.start, target.end, '');
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
  const place = Place.of(withoutParens(node['argument'] as Node), frame);
  if (place === null) return false;
  const old = frame.acquire();
  const next = frame.acquire();
  const read = place.read(next, node.start);
  const write = place.write(next, node.start);
  place.release(old, next);
  // ToNumeric, once: the postfix form hands out the old value already converted.
  const step = `${old}=${next}${node['operator'] as string}`;
  const result = node['prefix'] === true ? next : old;
  place.open(node.start, node.end, `${read},${step},${write},${result})`);
  return true;
}
