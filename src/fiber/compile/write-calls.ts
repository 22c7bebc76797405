/**
 * Owns the text of calls: `f(x)`, `o.m(x)`, `new C(x)`, tags, and optional chains that contain one.
 *
 * A call site evaluates its callee once, asks it for a twin, and calls either; arguments are written once and
 * stay where they stand, so their order, their source positions and the size of the text are kept:
 *
 *     f(x)    (b=((a=f?.[T])===null?f:t(a,f,"f"))(x),a===null?b:b[D]?b.value:yield*b)
 *     o.m(x)  (b=((a=(f=(o=O).m)?.[T])===null?f:t(a,f,"O.m"))[C](o,x),a===null?b:b[D]?b.value:yield*b)
 *
 * But most arguments are names and numbers. Those are written twice, once for either callee, which spares
 * temporaries: a suspended frame keeps each of them in memory, and there may be a million.
 *
 *     f(x)    (f?.[T]===null?f(x):(a=t(f?.[T],f,"f")(x),a[D]?a.value:yield*a))
 *     o.m(x)  ((f=(o=O).m)?.[T]===null?f[C](o,x):(f=t(f?.[T],f,"O.m")[C](o,x),f[D]?f.value:yield*f))
 *
 * `Function.prototype[T]` answers null, which makes the plain case one load and one comparison. `undefined` (no
 * function at all, or one of another realm) and foreign twins go through `t`, which throws what Node would. A twin that
 * need not wait returns its answer (core/answer.ts), under `[D]`, which is worth asking: `yield*` costs as much as the call.
 * `[C]` is Function.prototype.call under a symbol, because a function may have a `call` of its own.
 *
 * Past 400 lines because every form of a call shares the writing of its arguments.
 */
import { withoutParens, type Node } from './ast.ts';
import { finish, placeOf, suspend, waitFor, type Frame } from './frame.ts';
import { isCallSite, isReadSite } from './sites.ts';
import { isNamed } from './survey.ts';
import { nameOf, writeKey } from './write-members.ts';
import type { Unit } from './unit.ts';

/** Where the text of a chain's link begins: behind the last `?.` on the way to it. */
export function startOf(unit: Unit, node: Node): number {
  for (let at = node; ;) {
    const child =
      at.type === 'MemberExpression'
        ? (at['object'] as Node)
        : at.type === 'CallExpression'
          ? (at['callee'] as Node)
          : null;
    if (child === null) return at.start;
    if (at['optional'] === true) return unit.find('?.', child.end);
    at = child;
  }
}

/** How V8 names a callee in "… is not a function". */
export function describeCallee(node: Node): string {
  node = withoutParens(node);
  switch (node.type) {
    case 'Identifier':
      return node['name'] as string;
    case 'ThisExpression':
      return 'this';
    case 'Super':
      return '(intermediate value)';
    case 'Literal':
      return typeof node['value'] === 'string' ? `"${node['value']}"` : String(node['value']);
    case 'CallExpression':
      return `${describeCallee(node['callee'] as Node)}(...)`;
    case 'ChainExpression':
      return describeCallee(node['expression'] as Node);
    case 'MemberExpression': {
      const object = describeCallee(node['object'] as Node);
      const property = node['property'] as Node;
      const dot = node['optional'] === true ? '?.' : '.';
      if (property.type === 'PrivateIdentifier') return `${object}.#${property['name'] as string}`;
      if (node['computed'] !== true) return `${object}${dot}${property['name'] as string}`;
      if (property.type === 'Literal' && typeof property['value'] === 'string') {
        return `${object}.${property['value']}`;
      }
      const key = describeCallee(property);
      return `${object}${node['optional'] === true ? '?.' : ''}[${key}]`;
    }
    default:
      return '(intermediate value)';
  }
}

/** Node's words for a value that cannot be iterated. */
export function notIterable(node: Node): string {
  const inner = withoutParens(node);
  const called = inner.type === 'CallExpression';
  const what = describeCallee(called ? (inner['callee'] as Node) : node);
  return called
    ? `${what} is not a function or its return value is not iterable`
    : `${what} is not iterable`;
}

/** As above; most callees are described by what stands in the source. */
function describe(node: Node, unit: Unit): string {
  return isSpelledOut(node) ? unit.slice(node) : describeCallee(node);
}

/** Names and dots, with nothing between them. */
function isSpelledOut(node: Node): boolean {
  let length = 0;
  let at = node;
  while (at.type === 'MemberExpression') {
    const property = at['property'] as Node;
    if (property.type !== 'Identifier' || at['computed'] === true || at['optional'] === true) {
      return false;
    }
    length += 1 + (property['name'] as string).length;
    at = at['object'] as Node;
  }
  if (at.type === 'Identifier') length += (at['name'] as string).length;
  else if (at.type === 'ThisExpression') length += 'this'.length;
  else return false;
  return node.end - node.start === length;
}

function visitArguments(node: Node, frame: Frame): void {
  for (const argument of node['arguments'] as Node[]) frame.unit.visit(argument, frame);
}

/** So many arguments are repeated, and strings of so many characters. */
const REPEATED = { arguments: 4, characters: 24 };

/** The arguments once more, where they are short and nothing is written into them; null for others. */
function repeatedArguments(node: Node, frame: Frame): string | null {
  const nodes = node['arguments'] as Node[];
  if (nodes.length > REPEATED.arguments) return null;
  const texts: string[] = [];
  for (const argument of nodes) {
    const text = repeated(argument, frame);
    if (text === null) return null;
    texts.push(frame.unit.place(argument.start) + text);
  }
  return texts.join(',');
}

function repeated(argument: Node, frame: Frame): string | null {
  switch (argument.type) {
    case 'Identifier': {
      const name = argument['name'] as string;
      return name === 'arguments' ? null : name;
    }
    case 'ThisExpression':
      return frame.thisReference();
    case 'Literal': {
      const { start, end } = argument;
      const short = end - start <= REPEATED.characters && argument['regex'] === undefined;
      const text = short ? frame.unit.slice(argument) : '\\';
      // Neither line breaks nor marks of our own.
      return /^[ -~]*$/.test(text) && !text.includes('\\') ? text : null;
    }
    default:
      return null;
  }
}

interface Link {
  optional: boolean;
  /** Where the argument list's parenthesis opens. */
  open: number;
}

function openingOf(unit: Unit, node: Node): Link {
  const callee = node['callee'] as Node;
  if (node['optional'] === true) {
    const token = unit.find('?.', callee.end);
    return { optional: true, open: unit.find('(', token) };
  }
  return { optional: false, open: unit.find('(', callee.end) };
}

/** Writes one call. Returns how many parentheses its chain has to close. */
export function writeCall(node: Node, frame: Frame): number {
  const { unit } = frame;
  const callee = node['callee'] as Node;
  const inner = withoutParens(callee);
  const link = openingOf(unit, node);
  const what = describe(inner, unit);
  unit.yields(node, what);
  const name = JSON.stringify(what);
  const start = startOf(unit, node);
  let closers = 0;
  if (inner.type === 'MemberExpression') {
    const object = inner['object'] as Node;
    if (object.type === 'Super') return writeSuperCall(node, inner, frame, name);
    closers += visitSpine(object, frame);
    unit.keepNameless(object);
    // Nothing can make `this` another object in between.
    const kept = object.type !== 'ThisExpression' || inner['optional'] === true;
    const receiver = kept ? frame.acquire() : frame.thisReference();
    const method = frame.acquire();
    closers += writeLinkDot(inner, frame);
    const objectStart = startOf(unit, object);
    const objectText = writeMethodRead(inner, frame, receiver, method, kept);
    const again = link.optional ? null : repeatedArguments(node, frame);
    const comma = (node['arguments'] as Node[]).length > 0 ? ',' : '';
    const passing = `[${unit.h('C')}](${receiver}${comma}`;
    // A name stands in front of the plain call as it is; a parenthesis does not.
    const calledAt = isNamed(callee) && !link.optional ? '' : unit.place(placeOf(node, unit));
    // The text before the member must enclose a `?.` that stands inside it.
    const from = inner['optional'] === true ? unit.find('?.', object.end) : objectStart;
    const at = callee === inner ? from : callee.start;
    if (again !== null) {
      visitArguments(node, frame);
      unit.before(from, objectText);
      unit.before(at, `((${method}=`);
      unit.after(callee.end, `)?.[${unit.h('T')}]===null?${calledAt}${method}${passing}`);
      unit.remove(callee.end, link.open);
      unit.replace(link.open, link.open + 1, ' ');
      const twin = `${unit.h('t')}(${method}?.[${unit.h('T')}],${method},${name})`;
      unit.after(node.end, `:${waitFor(frame, `${twin}${passing}${again})`, method, node)})`);
      frame.release(method);
      if (kept) frame.release(receiver);
      return closers;
    }
    const isPlain = frame.acquire();
    frame.release(method);
    if (kept) frame.release(receiver);
    const target = `${unit.h('t')}(${isPlain},${method},${name})`;
    const calling = `===null?${method}:${target})${calledAt}${passing}`;
    visitArguments(node, frame);
    const result = frame.acquire();
    frame.release(result, isPlain);
    unit.before(from, objectText);
    if (link.optional) {
      unit.before(at, `((${method}=`);
      writeOptionalCall(
        unit,
        callee,
        link.open + 1,
        `(${result}=((${isPlain}=${method}?.[${unit.h('T')}])${calling}`,
      );
      closers++;
    } else {
      unit.before(at, `(${result}=((${isPlain}=(${method}=`);
      unit.after(callee.end, `)?.[${unit.h('T')}])${calling}`);
    }
    if (!link.optional) {
      unit.remove(callee.end, link.open);
      unit.replace(link.open, link.open + 1, ' ');
    }
    unit.after(node.end, `,${finish(frame, isPlain, result, node)})`);
    return closers;
  }
  if (inner.type === 'Identifier' && !link.optional) {
    const identifier = inner['name'] as string;
    const reference = identifier === 'arguments' ? frame.argumentsReference() : identifier;
    if (reference !== identifier) unit.replace(inner.start, inner.end, reference);
    const again = repeatedArguments(node, frame);
    if (again !== null) {
      visitArguments(node, frame);
      const found = `${reference}?.[${unit.h('T')}]`;
      const twin = `${unit.h('t')}(${found},${reference},${name})`;
      unit.before(start, `(${found}===null?`);
      const held = frame.acquire();
      frame.release(held);
      unit.after(node.end, `:${waitFor(frame, `${twin}(${again})`, held, node)})`);
      return closers;
    }
    const isPlain = frame.acquire();
    visitArguments(node, frame);
    const result = frame.acquire();
    frame.release(result, isPlain);
    unit.before(start, `(${result}=((${isPlain}=`);
    unit.after(
      callee.end,
      `?.[${unit.h('T')}])===null?${reference}:${unit.h('t')}(${isPlain},${reference},${name}))`,
    );
    unit.after(node.end, `,${finish(frame, isPlain, result, node)})`);
    return closers;
  }
  closers += visitSpine(callee, frame);
  unit.keepNameless(callee);
  const method = frame.acquire();
  const isPlain = frame.acquire();
  frame.release(method);
  visitArguments(node, frame);
  const result = frame.acquire();
  frame.release(result, isPlain);
  const calling = `===null?${method}:${unit.h('t')}(${isPlain},${method},${name}))`;
  const from = startOf(unit, callee);
  if (link.optional) {
    unit.before(from, `((${method}=`);
    writeOptionalCall(
      unit,
      callee,
      link.open,
      `(${result}=((${isPlain}=${method}?.[${unit.h('T')}])${calling}`,
    );
    closers++;
  } else {
    unit.before(from, `(${result}=((${isPlain}=(${method}=`);
    unit.after(callee.end, `)?.[${unit.h('T')}])${calling}`);
  }
  unit.after(node.end, `,${finish(frame, isPlain, result, node)})`);
  return closers;
}

/** `F?.(`: the test behind F; the call itself where the `?.` stands, so that what encloses it can go in between. */
function writeOptionalCall(unit: Unit, callee: Node, until: number, call: string): void {
  const token = unit.find('?.', callee.end);
  unit.after(callee.end, ')==null?void 0:');
  unit.replace(token, until, ' ');
  unit.before(token, call);
}

/**
 * The receiver and the method, each read once. Returns the text that opens before the object.
 *
 * @param kept the receiver is a temporary, and not the object itself.
 */
function writeMethodRead(
  member: Node,
  frame: Frame,
  receiver: string,
  method: string,
  kept: boolean,
): string {
  const { unit } = frame;
  const keeping = kept ? `${receiver}=` : '';
  if (unit.world.access(accessName(member))) {
    // The method itself may come from an accessor that blocks.
    writeAnnouncedRead(member, frame, receiver, method);
    return `(${keeping}`;
  }
  const property = member['property'] as Node;
  const twin = privateTwin(property, unit);
  if (member['computed'] === true) unit.visit(property, frame);
  unit.after(objectEnd(member, unit), ')');
  if (twin !== null) {
    unit.after(member.end, `,${twin})`);
    return `${unit.h('pm')}((${keeping}`;
  }
  return `(${keeping}`;
}

/** Announces a read (see write-members.ts), and waits if an accessor asks for that. */
function writeAnnouncedRead(member: Node, frame: Frame, receiver: string, value: string): void {
  const { unit } = frame;
  const property = member['property'] as Node;
  const twin = privateTwin(property, unit);
  const mark = unit.h('S');
  const end = objectEnd(member, unit);
  if (member['computed'] === true) {
    writeKey(property, frame, receiver);
    unit.after(end, `,${value}=${receiver}`);
  } else {
    const key = JSON.stringify(nameOf(property));
    unit.after(end, `,${mark}.k=${key},${mark}.g=${receiver},${value}=${receiver}`);
  }
  const own = twin === null ? value : `${unit.h('pm')}(${value},${twin})`;
  const wait = suspend(frame, `${unit.h('tk')}()`, placeOf(member, unit));
  unit.after(member.end, `,${mark}.g===${mark}?${wait}:(${mark}.g=null,${own}))`);
}

function accessName(member: Node): string | null {
  const property = member['property'] as Node;
  if (property.type === 'PrivateIdentifier') return `#${property['name'] as string}`;
  if (member['computed'] !== true) return property['name'] as string;
  return property.type === 'Literal' && typeof property['value'] === 'string'
    ? property['value']
    : null;
}

/** Where the text of the object ends, the value that stands for it behind a `?.` included. */
function objectEnd(member: Node, unit: Unit): number {
  const object = member['object'] as Node;
  return member['optional'] === true ? unit.find('?.', object.end) + 1 : object.end;
}

export function privateTwin(property: Node, unit: Unit): string | null {
  if (property.type !== 'PrivateIdentifier') return null;
  const name = property['name'] as string;
  for (let at = unit.privateMethods.length - 1; at >= 0; at--) {
    const found = unit.privateMethods[at]!.get(name);
    if (found !== undefined) return found;
  }
  return null;
}

/** Turns a member's `?.` into the test and the plain dot. Returns the parentheses that it opened. */
function writeLinkDot(member: Node, frame: Frame): number {
  if (member['optional'] !== true) return 0;
  const { unit } = frame;
  const object = member['object'] as Node;
  const token = unit.find('?.', object.end);
  const value = frame.acquire();
  frame.release(value);
  unit.before(startOf(unit, object), `((${value}=`);
  unit.after(object.end, `)==null?void 0:`);
  // Two pieces: what encloses this link goes in front of the value, what reads the property behind it.
  unit.replace(token, token + 1, value);
  if (member['computed'] === true) unit.replace(token + 1, token + 2, ' ');
  return 1;
}

function spineOf(node: Node): Node | null {
  if (node.type === 'MemberExpression') return node['object'] as Node;
  return node.type === 'CallExpression' ? (node['callee'] as Node) : null;
}

/** Does the way from this link to the base of its chain hold a `?.`? */
export function hasOptional(node: Node): boolean {
  for (let at: Node | null = node; at !== null; at = spineOf(at)) {
    if (at['optional'] === true) return true;
  }
  return false;
}

/** A link, which must be rewritten with all that it hangs on when there is a `?.` among them. */
function visitSpine(node: Node, frame: Frame): number {
  if (node.type === 'MemberExpression' && (node['object'] as Node).type !== 'Super') {
    return writeRead(node, frame);
  }
  if (node.type === 'CallExpression' && hasOptional(node)) return writeCall(node, frame);
  frame.unit.visit(node, frame);
  return 0;
}

/** A property read, of an accessor that may block or not. Returns the parentheses to close. */
function writeRead(node: Node, frame: Frame): number {
  const { unit } = frame;
  const object = node['object'] as Node;
  const property = node['property'] as Node;
  const inner = visitSpine(object, frame);
  unit.keepNameless(object);
  const closers = inner + writeLinkDot(node, frame);
  const twin = privateTwin(property, unit);
  const start = node['optional'] === true ? unit.find('?.', object.end) : startOf(unit, object);
  if (!isReadSite(node, unit.world)) {
    if (node['computed'] === true) unit.visit(property, frame);
    if (twin !== null) {
      unit.before(start, `${unit.h('pm')}(`);
      unit.after(node.end, `,${twin})`);
    }
    return closers;
  }
  unit.yields(node, unit.slice(property));
  const receiver = frame.acquire();
  const value = frame.acquire();
  writeAnnouncedRead(node, frame, receiver, value);
  frame.release(value, receiver);
  unit.before(start, `(${receiver}=`);
  return closers;
}

export function writeMember(node: Node, frame: Frame): void {
  visitSpine(node, frame);
}

function spineHasSite(node: Node, frame: Frame): boolean {
  const { world, survey } = frame.unit;
  for (let at: Node | null = node; at !== null; at = spineOf(at)) {
    if (at.type === 'CallExpression' && isCallSite(at, world, survey.blocks)) return true;
    if (at.type === 'MemberExpression' && isReadSite(at, world)) return true;
    // Written out over its home object, a method of super needs its receiver written out too.
    const callee = at.type === 'CallExpression' ? withoutParens(at['callee'] as Node) : at;
    if (callee !== at && isSuperMember(callee) && frame.homeReference() !== null) return true;
  }
  return false;
}

function isSuperMember(node: Node): boolean {
  return node.type === 'MemberExpression' && (node['object'] as Node).type === 'Super';
}

/** The parts of a chain that stays as it is. */
function visitPlainSpine(node: Node, frame: Frame): void {
  const { unit } = frame;
  if (node.type === 'MemberExpression' && !isSuperMember(node)) {
    visitPlainSpine(node['object'] as Node, frame);
    if (node['computed'] === true) unit.visit(node['property'] as Node, frame);
  } else if (node.type === 'CallExpression') {
    visitPlainSpine(node['callee'] as Node, frame);
    visitArguments(node, frame);
  } else unit.visit(node, frame);
}

/** `a?.b.c(x)`: each `?.` becomes a conditional whose other branch holds the rest of the chain. */
export function writeChain(node: Node, frame: Frame): void {
  const expression = node['expression'] as Node;
  if (!spineHasSite(expression, frame)) {
    visitPlainSpine(expression, frame);
    return;
  }
  const closers = visitSpine(expression, frame);
  if (closers > 0) frame.unit.after(node.end, ')'.repeat(closers));
}

function writeSuperCall(node: Node, member: Node, frame: Frame, name: string): number {
  const { unit } = frame;
  const receiver = frame.thisReference();
  const callee = node['callee'] as Node;
  unit.visit(member, frame);
  const method = frame.acquire();
  const isPlain = frame.acquire();
  frame.release(method);
  visitArguments(node, frame);
  const result = frame.acquire();
  frame.release(result, isPlain);
  const link = openingOf(unit, node);
  const comma = (node['arguments'] as Node[]).length > 0 ? ',' : '';
  const asked = `?.[${unit.h('T')}])===null?${method}:${unit.h('t')}(${isPlain},${method},${name}))[${unit.h('C')}](${receiver}${comma}`;
  if (link.optional) {
    unit.before(node.start, `((${method}=`);
    writeOptionalCall(unit, callee, link.open + 1, `(${result}=((${isPlain}=${method}${asked}`);
  } else {
    unit.before(node.start, `(${result}=((${isPlain}=(${method}=`);
    unit.after(callee.end, `)${asked}`);
    unit.remove(callee.end, link.open);
    unit.replace(link.open, link.open + 1, ' ');
  }
  unit.after(node.end, `,${finish(frame, isPlain, result, node)})`);
  return link.optional ? 1 : 0;
}

export function writeNew(node: Node, frame: Frame): void {
  const { unit } = frame;
  const callee = node['callee'] as Node;
  const what = describe(callee, unit);
  unit.yields(node, `new ${what}`);
  unit.visit(callee, frame);
  unit.keepNameless(callee);
  const name = JSON.stringify(what);
  const constructor = frame.acquire();
  const isPlain = frame.acquire();
  frame.release(constructor);
  visitArguments(node, frame);
  const result = frame.acquire();
  frame.release(result, isPlain);
  unit.before(callee.start, `((${isPlain}=${unit.h('n')}(${constructor}=`);
  unit.after(callee.end, `,${name}))===null?${constructor}:${isPlain})`);
  unit.before(node.start, `(${result}=`);
  unit.after(node.end, `,${finish(frame, isPlain, result, node)})`);
}

/** The runtime's own tag collects the arguments, so that the site keeps its one template object. */
export function writeTag(node: Node, frame: Frame): void {
  const { unit } = frame;
  const tag = node['tag'] as Node;
  const inner = withoutParens(tag);
  const what = describe(inner, unit);
  const name = JSON.stringify(what);
  unit.yields(node, what);
  const member = inner.type === 'MemberExpression' && (inner['object'] as Node).type !== 'Super';
  if (member) {
    unit.visit(inner['object'] as Node, frame);
    const receiver = frame.acquire();
    if (inner['computed'] === true) unit.visit(inner['property'] as Node, frame);
    unit.keepNameless(inner['object'] as Node);
    unit.before((inner['object'] as Node).start, `(${receiver}=`);
    unit.after((inner['object'] as Node).end, ')');
    writeTagRest(node, frame, name, receiver);
    frame.release(receiver);
    return;
  }
  unit.visit(tag, frame);
  unit.keepNameless(tag);
  const receiver = inner.type === 'MemberExpression' ? frame.thisReference() : 'void 0';
  writeTagRest(node, frame, name, receiver);
}

function writeTagRest(node: Node, frame: Frame, name: string, receiver: string): void {
  const { unit } = frame;
  const tag = node['tag'] as Node;
  const method = frame.acquire();
  const isPlain = frame.acquire();
  frame.release(method);
  for (const expression of (node['quasi'] as Node)['expressions'] as Node[]) {
    unit.visit(expression, frame);
  }
  const result = frame.acquire();
  frame.release(result, isPlain);
  unit.before(tag.start, `(${method}=`);
  unit.after(
    tag.end,
    `,${result}=((${isPlain}=${method}?.[${unit.h('T')}])===null?${method}:${unit.h('t')}(${isPlain},${method},${name}))[${unit.h('C')}](${receiver},...${unit.h('tag')}`,
  );
  unit.after(node.end, `),${finish(frame, isPlain, result, node)})`);
}
