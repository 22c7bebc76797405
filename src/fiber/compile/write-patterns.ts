/**
 * Owns the text of destructuring, in particular where what it reads may block.
 *
 * An object pattern becomes one pattern for each property that it takes, in its order, each over a value that was read
 * as any property is (write-members.ts). So keys, defaults, targets and their names stay where and what they are:
 *
 *     const {a = 1, b: {c}} = X    const {}=(t=X,0),{a = 1}={a:READ(t.a)},{}=(u=READ(t.b),0),{c}={c:READ(u.c)}
 *     ({a} = X)                    (t=X,{a}={a:READ(t.a)},t)
 *
 * An array pattern that only names what it takes has an array of just that before it: `[a, b] = take(X,2)`.
 * Patterns that could show the difference stay as they are, and their reads pin: with computed keys, with targets other
 * than names, array patterns around others.
 */
import { staticKey, takesName, withoutParens, type Node } from './ast.ts';
import { placeOf, suspend, type Frame } from './frame.ts';
import { isPatternSite } from './sites.ts';
import type { FunctionName, Unit } from './unit.ts';
import { describeCallee, notIterable } from './write-calls.ts';
import { visitTarget } from './write-members.ts';

const ANONYMOUS: FunctionName = { text: '' };

/** What is taken apart: a part of the source, which is evaluated before the pattern, or text of ours. */
export interface Taken {
  node?: Node;
  text?: string;
  /** How V8 calls it where it is nothing; null where V8 only says what could not be read of it. */
  described: string | null;
  /** V8's words where it cannot be iterated and V8 names it; null where it says what kind of value it is. */
  refused: string | null;
}

/** What the source takes apart. */
export function takenFrom(node: Node, declared: boolean): Taken {
  const { type } = withoutParens(node);
  const named =
    declared && (type === 'Identifier' || type === 'Literal' || type === 'CallExpression');
  return { node, described: describeTaken(node), refused: named ? notIterable(node) : null };
}

export function nameOf(target: Node): FunctionName {
  return target.type === 'Identifier' ? { text: target['name'] as string } : ANONYMOUS;
}

/** A pattern that stays as it is. */
export function visitPattern(node: Node, frame: Frame): void {
  switch (node.type) {
    case 'ObjectPattern':
      for (const property of node['properties'] as Node[]) visitProperty(property, frame);
      break;
    case 'ArrayPattern':
      for (const element of node['elements'] as (Node | null)[]) {
        if (element !== null) visitPattern(element, frame);
      }
      break;
    case 'AssignmentPattern': {
      const left = node['left'] as Node;
      visitPattern(left, frame);
      frame.unit.visitNamed(node['right'] as Node, frame, nameOf(left));
      break;
    }
    case 'RestElement':
      visitPattern(node['argument'] as Node, frame);
      break;
    case 'Identifier':
      break;
    default:
      visitTarget(node, frame);
  }
}

function visitProperty(property: Node, frame: Frame): void {
  if (property.type === 'RestElement') visitPattern(property['argument'] as Node, frame);
  else {
    if (property['computed'] === true) frame.unit.visit(property['key'] as Node, frame);
    visitPattern(property['value'] as Node, frame);
  }
}

/** `a = 1` in a pattern: the target, and what it is when there is nothing. */
function partsOf(node: Node): { target: Node; otherwise: Node | null } {
  return node.type === 'AssignmentPattern'
    ? { target: node['left'] as Node, otherwise: node['right'] as Node }
    : { target: node, otherwise: null };
}

/** Is this one written so that it can wait? */
export function isWritten(pattern: Node, frame: Frame): boolean {
  const { unit } = frame;
  return (
    frame.suspends &&
    isPatternSite(pattern, unit.world) &&
    (pattern.type === 'ArrayPattern' ? namesOnly(pattern) : canTakeApart(pattern)) &&
    // A debugger's breakpoints are lines, and what stands behind is written in front.
    (!unit.keepsLines || !unit.slice(pattern).includes('\n'))
  );
}

/** Known keys, and targets whose evaluation nothing can see. */
function canTakeApart(pattern: Node): boolean {
  return (pattern['properties'] as Node[]).every((property) => {
    if (property.type === 'RestElement') return isQuiet(property['argument'] as Node);
    if (property['computed'] === true) return false;
    const { target } = partsOf(property['value'] as Node);
    return target.type === 'ObjectPattern' ? canTakeApart(target) : isQuiet(target);
  });
}

function isQuiet(target: Node): boolean {
  if (target.type === 'ArrayPattern' || target.type === 'ObjectPattern') return true;
  return withoutParens(target).type === 'Identifier';
}

/** Only names, and defaults that run nothing. */
function namesOnly(pattern: Node): boolean {
  const elements = pattern['elements'] as (Node | null)[];
  return (
    elements.length > 0 &&
    elements.every((element) => {
      if (element === null) return true;
      if (element.type === 'RestElement') return isName(element['argument'] as Node);
      const { target, otherwise } = partsOf(element);
      return isName(target) && (otherwise === null || otherwise.type === 'Literal');
    })
  );
}

const isName = (node: Node): boolean => node.type === 'Identifier';

/** Writes the pattern over what it takes apart, as declarators. `until`: where that, or the pattern alone, ends. */
export function writeDeclared(pattern: Node, taken: Taken, until: number, frame: Frame): void {
  const { unit } = frame;
  if (pattern.type === 'ArrayPattern') {
    const held = frame.acquire();
    const text = taking(pattern, taken, held, frame);
    frame.release(held);
    unit.replace(pattern.end, until, `=${text}`);
    return;
  }
  new Pieces(frame, true).write(pattern, taken);
  unit.remove(lastOf(pattern).end, until);
}

/** The same as an expression, whose value is what is taken apart. */
export function writeAssigned(pattern: Node, taken: Taken, until: number, frame: Frame): void {
  const { unit } = frame;
  if (pattern.type === 'ArrayPattern') {
    const held = frame.acquire();
    const text = taking(pattern, taken, held, frame);
    frame.release(held);
    unit.before(pattern.start, '(');
    unit.replace(pattern.end, until, `=${text},${held})`);
    return;
  }
  const held = new Pieces(frame, false).write(pattern, taken);
  unit.before(pattern.start, '(');
  unit.replace(lastOf(pattern).end, until, `,${held})`);
}

/** A parameter, among those that were moved into the body (write-body.ts): the array pattern is cut in two for it. */
export function writeParameter(parameter: Node, given: string, index: number, frame: Frame): void {
  const { unit } = frame;
  const { target, otherwise } = partsOf(parameter);
  unit.before(parameter.start, `]=${given},`);
  const described = otherwise === null ? '' : '(intermediate value)'.repeat(3);
  const text = withDefault(`${given}[${index}]`, otherwise, frame);
  writeDeclared(target, { text, described, refused: null }, parameter.end, frame);
  unit.after(parameter.end, `,[${','.repeat(index)}`);
}

/** Which of the target and the default of a parameter is a pattern that is written so that it can wait. */
export function isWrittenParameter(parameter: Node, frame: Frame): boolean {
  return isWritten(partsOf(parameter).target, frame);
}

function textOf(taken: Taken, frame: Frame): string {
  return taken.text ?? copyOf(taken.node!, frame);
}

/** What stands behind the pattern in the source, written in front of it. */
function copyOf(node: Node, frame: Frame): string {
  const { unit } = frame;
  return unit.copy(node.start, node.end, () => {
    unit.visit(node, frame);
    unit.keepNameless(node);
  });
}

function withDefault(text: string, otherwise: Node | null, frame: Frame): string {
  if (otherwise === null) return text;
  const value = frame.acquire();
  const copy = copyOf(otherwise, frame);
  frame.release(value);
  return `((${value}=${text})===void 0?${copy}:${value})`;
}

/** Where V8 says that something is iterated. */
const placeOfTaken = (pattern: Node, { node }: Taken, unit: Unit): number =>
  node === undefined ? pattern.start : placeOf(node, unit);

/** What an array pattern takes, where the language can take it without having to wait. */
function taking(pattern: Node, taken: Taken, held: string, frame: Frame): string {
  const { unit } = frame;
  const elements = pattern['elements'] as (Node | null)[];
  const all = elements.at(-1)?.type === 'RestElement';
  const refused = JSON.stringify(taken.refused);
  const most = all ? 'Infinity' : elements.length;
  const at = placeOfTaken(pattern, taken, unit);
  const wait = suspend(frame, `${unit.h('take')}(${held},${most},${refused})`, at);
  unit.yields(pattern, 'iteration');
  const check = checkOf(pattern, held, taken, frame);
  return `(${held}=${textOf(taken, frame)}${check},${unit.h('it')}(${held},1)===${held}?${held}:${wait})`;
}

const propertiesOf = (pattern: Node): Node[] => pattern['properties'] as Node[];
const lastOf = (pattern: Node): Node => propertiesOf(pattern).at(-1)!;

/**
 * Nothing cannot be taken apart. V8 names what it was, by its text, which is ours here; of an object it does so where the
 * first property has no default of its own.
 */
function checkOf(pattern: Node, held: string, taken: Taken, { unit }: Frame): string {
  const { described, refused } = taken;
  if (pattern.type === 'ArrayPattern') {
    return `,${held}==null&&${unit.place(placeOfTaken(pattern, taken, unit))}${unit.h('oi')}(${held},${JSON.stringify(refused)})`;
  }
  const first = propertiesOf(pattern)[0];
  if (described === null || first === undefined || first['computed'] === true) return '';
  let what = described;
  let key: string | null = null;
  if (first.type !== 'RestElement') {
    const { target, otherwise } = partsOf(first['value'] as Node);
    if (otherwise !== null) {
      if (target.type === 'Identifier') return '';
      what = describeTaken(otherwise);
    }
    key = staticKey(first['key'] as Node, false);
  }
  const at = unit.place(first.start);
  return `,${held}==null&&${at}${unit.h('oc')}(${held},${JSON.stringify(key)},${JSON.stringify(what)})`;
}

/** A value that a pattern which stays as it is takes apart. */
export function checked(pattern: Node, value: string, taken: Taken, frame: Frame): string {
  if (!isPattern(pattern)) return value;
  let check = checkOf(pattern, value, taken, frame);
  const first = pattern.type === 'ObjectPattern' ? propertiesOf(pattern)[0] : undefined;
  if (taken.described === null && first?.type === 'Property' && first['computed'] !== true) {
    check = `,${value}==null&&${value}[${JSON.stringify(staticKey(first['key'] as Node, false))}]`;
  }
  return check === '' ? value : `(${value}${check},${value})`;
}

const isPattern = ({ type }: Node): boolean => type === 'ObjectPattern' || type === 'ArrayPattern';

/** A pattern that stays as it is, over a source that was written anew: V8 would show our text. */
export function writeCheck(pattern: Node, source: Node, declared: boolean, frame: Frame): void {
  if (!frame.suspends || takesName(source) || !isPattern(pattern)) return;
  const held = frame.acquire();
  frame.release(held);
  const check = checkOf(pattern, held, takenFrom(source, declared), frame);
  if (check === '') return;
  frame.unit.before(source.start, `(${held}=`);
  frame.unit.after(source.end, `${check},${held})`);
}

/** One object pattern, with those in it that read what may block. */
class Pieces {
  readonly #frame: Frame;
  /** Declarators, or expressions. */
  readonly #declared: boolean;
  readonly #held: string[] = [];

  constructor(frame: Frame, declared: boolean) {
    this.#frame = frame;
    this.#declared = declared;
  }

  /** Returns the temporary that holds what is taken apart. */
  write(pattern: Node, taken: Taken): string {
    const held = this.#take(pattern, textOf(taken, this.#frame), taken.described);
    for (const name of this.#held) this.#frame.release(name);
    return held;
  }

  #take(pattern: Node, text: string, described: string | null): string {
    const { unit } = this.#frame;
    const held = this.#frame.acquire();
    this.#held.push(held);
    const check = checkOf(pattern, held, { described, refused: null }, this.#frame);
    const value = `${held}=${text}${check}`;
    unit.replace(
      pattern.start,
      pattern.start + 1,
      this.#declared ? `{}=(${value},0),` : `${value},`,
    );
    for (const property of propertiesOf(pattern)) this.#property(property, held, pattern);
    return held;
  }

  #property(property: Node, held: string, pattern: Node): void {
    const { unit } = this.#frame;
    if (property.type === 'RestElement') {
      visitProperty(property, this.#frame);
      const keys = propertiesOf(pattern)
        .slice(0, -1)
        .map((each) => JSON.stringify(staticKey(each['key'] as Node, false)));
      unit.before(property.start, '{');
      unit.after(property.end, `}=${unit.h('rest')}(${held},[${keys.join(',')}])`);
      return;
    }
    const { target, otherwise } = partsOf(property['value'] as Node);
    const value = this.#read(property['key'] as Node, held);
    if (target.type === 'ObjectPattern' && isPatternSite(target, unit.world)) {
      const text = withDefault(value, otherwise, this.#frame);
      unit.remove(property.start, target.start);
      this.#take(target, text, otherwise === null ? null : describeTaken(otherwise));
      unit.remove(lastOf(target).end, property.end);
      return;
    }
    visitProperty(property, this.#frame);
    const key = unit.slice(property['key'] as Node);
    unit.before(property.start, '{');
    unit.after(property.end, `}={${key === '__proto__' ? '["__proto__"]' : key}:${value}}`);
  }

  #read(key: Node, held: string): string {
    const { unit } = this.#frame;
    const name = staticKey(key, false)!;
    const access = key.type === 'Identifier' ? `.${unit.slice(key)}` : `[${unit.slice(key)}]`;
    const read = `${unit.place(key.start)}${held}${access}`;
    if (!unit.world.access(name)) return read;
    unit.yields(key, name);
    const value = this.#frame.acquire();
    const wait = suspend(this.#frame, `${unit.h('tk')}()`, key.start);
    this.#frame.release(value);
    const mark = unit.h('S');
    return `(${mark}.k=${JSON.stringify(name)},${mark}.g=${held},${value}=${read},${mark}.g===${mark}?${wait}:(${mark}.g=null,${value}))`;
  }
}

/** How V8 calls what is taken apart and is nothing. */
function describeTaken(node: Node): string {
  const inner = withoutParens(node);
  if (inner.type === 'AssignmentExpression') return describeTaken(inner['left'] as Node);
  if (inner.type === 'ObjectExpression' && propertiesOf(inner).length === 0) return '{}';
  return inner.type === 'ChainExpression' ? '(intermediate value)' : describeCallee(inner);
}
