/**
 * Owns what the writer knows about the function that it stands in: how a yield point is written there, what
 * `this`, `arguments`, `new.target` and `super` are called there, and which temporaries are free.
 *
 * Invariant: a temporary is used by one expression at a time. It is acquired before the first part of the text
 * that reads it late, and released when nothing that follows reads it, so nested yield points never share one.
 */
import type { Node } from './ast.ts';
import { isNamed, type FunctionInfo } from './survey.ts';
import type { Unit } from './unit.ts';

/**
 * plain: nothing can suspend. twin: a generator that yields waits. raw: a user's generator function, which
 * yields waits and, in a box, the user's values. async: awaits what would suspend.
 */
export type Mode = 'plain' | 'twin' | 'raw' | 'async';

/** The twin of a derived class's constructor: the variables for the class and for `this`. */
export interface Derived {
  classText: string;
  thisVariable: string;
  hasFields: boolean;
  /** Puts those fields onto `thisVariable` that may wait. */
  fieldsText: string | null;
}

/** A statement list: where its declarations go, and which. */
export interface Block {
  at: number;
  lead: string;
  declarations: string[];
}

export class Frame {
  readonly unit: Unit;
  readonly info: FunctionInfo;
  readonly mode: Mode;
  readonly parent: Frame | null;
  /** Set where the natural form does not work: the text that stands for `this`. */
  thisText: string | null = null;
  argumentsText: string | null = null;
  newTargetText: string | null = null;
  /** The object whose prototype `super` looks at; null where native `super` works or none can stand. */
  homeText: string | null = null;
  /** In the twin of a derived class's constructor: how to write super(…) and return. */
  derived: Derived | null = null;
  /** The constructor of a derived class, left as it is: `this` does not exist before super(). */
  plainDerived = false;
  /** In it: what puts fields onto the instance, behind super(). */
  fieldsText: string | null = null;
  /** Above zero where one block scope may see many evaluations (a loop's head): no per-evaluation variables. */
  loose = 0;
  block: Block;
  /** Above zero while something is written that cannot suspend: parameters, the body of `with`. */
  locked = 0;
  readonly #free: string[] = [];
  #temporaries = 0;
  readonly #captures = new Map<string, string>();

  constructor(unit: Unit, info: FunctionInfo, mode: Mode, parent: Frame | null, block: Block) {
    this.unit = unit;
    this.info = info;
    this.mode = mode;
    this.parent = parent;
    this.block = block;
    if (mode !== 'plain') unit.suspends(info.node);
  }

  get suspends(): boolean {
    return this.mode !== 'plain' && this.locked === 0;
  }

  acquire(): string {
    return this.#free.pop() ?? this.unit.local(++this.#temporaries);
  }

  release(name: string, other?: string): void {
    this.#free.push(name);
    if (other !== undefined) this.#free.push(other);
  }

  /** The names that the frame's own block has to declare, and the invocation values that arrows took. */
  declarations(): string {
    const names: string[] = [];
    for (let index = this.#temporaries; index > 0; index--) names.push(this.unit.local(index));
    let text = '';
    for (const [value, name] of this.#captures) text += `const ${name}=${value};`;
    if (names.length > 0) text += `let ${names.join(',')};`;
    return text;
  }

  #capture(value: string): string {
    let name = this.#captures.get(value);
    if (name === undefined) {
      name = this.unit.fresh('v');
      this.#captures.set(value, name);
    }
    return name;
  }

  /** How to write `this` here. An arrow's twin is a generator function and cannot see the outer one. */
  thisReference(crossed = false): string {
    if (this.thisText !== null) return this.thisText;
    if (this.info.arrow) {
      return this.parent!.thisReference(crossed || this.mode === 'twin');
    }
    return crossed ? this.#capture('this') : 'this';
  }

  argumentsReference(crossed = false): string {
    if (this.argumentsText !== null) return this.argumentsText;
    if (this.info.arrow) return this.parent!.argumentsReference(crossed || this.mode === 'twin');
    // At the top of an ES module it is only a global's name.
    if (this.info.parent === null && this.unit.format === 'module') return 'arguments';
    return crossed ? this.#capture('arguments') : 'arguments';
  }

  newTargetReference(crossed = false): string {
    if (this.newTargetText !== null) return this.newTargetText;
    if (this.info.arrow) return this.parent!.newTargetReference(crossed || this.mode === 'twin');
    return crossed ? this.#capture('new.target') : 'new.target';
  }

  /** The text of the home object, or null where the keyword `super` itself still works. */
  homeReference(crossed = false): string | null {
    if (this.info.arrow) {
      return this.homeText ?? this.parent!.homeReference(crossed || this.mode === 'twin');
    }
    return this.mode === 'twin' || this.mode === 'raw' || crossed ? this.homeText : null;
  }

  inPlainDerived(): boolean {
    return this.info.arrow ? this.parent!.inPlainDerived() : this.plainDerived;
  }

  derivedConstructor(): Derived | null {
    return this.info.arrow ? this.parent!.derivedConstructor() : this.derived;
  }
}

/** Where V8 says that an expression is: a call at the name in front of its parenthesis, or else at that. */
export function placeOf(node: Node, unit: Unit): number {
  switch (node.type) {
    case 'CallExpression': {
      const callee = node['callee'] as Node;
      if (node['optional'] === true) return unit.find('(', unit.find('?.', callee.end));
      if (callee.type === 'Identifier') return callee.start;
      return isNamed(callee) ? (callee['property'] as Node).start : unit.find('(', callee.end);
    }
    case 'MemberExpression': {
      const computed = node['computed'] === true;
      return computed ? (node['object'] as Node).end : (node['property'] as Node).start;
    }
    case 'TaggedTemplateExpression':
      return (node['quasi'] as Node).start;
    default:
      return node.start;
  }
}

/** The text that follows a call which may have given a generator: take the plain result or the answer, or wait. */
export function finish(frame: Frame, isPlain: string, result: string, call: Node): string {
  const { unit } = frame;
  const at = unit.place(placeOf(call, unit));
  if (frame.mode === 'async') {
    return `${isPlain}===null?${result}:(${result}=${at}${unit.h('go')}(${result}))===${unit.h('W')}?(${at}await ${unit.h('gp')}()).value:${result}`;
  }
  return `${isPlain}===null?${result}:${result}[${unit.h('D')}]?${result}.value:${at}yield*${result}`;
}

/**
 * The text of making a generator by a call, and taking its answer or waiting for it, by one temporary.
 *
 * Made before `yield*`: what is evaluated inside that has its registers beside those of the wait, and a suspended frame
 * keeps all that it ever needs.
 */
export function waitFor(frame: Frame, generator: string, held: string, call: Node): string {
  const { unit } = frame;
  const at = unit.place(placeOf(call, unit));
  if (frame.mode !== 'async')
    return `(${held}=${at}${generator},${held}[${unit.h('D')}]?${held}.value:${at}yield*${held})`;
  return `(${held}=${at}${unit.h('go')}(${generator}))===${unit.h('W')}?(${at}await ${unit.h('gp')}()).value:${held}`;
}

/** The text of waiting for a generator, as an expression in parentheses, which stands for what is at `offset`. */
export function suspend(frame: Frame, generator: string, offset: number): string {
  const { unit } = frame;
  const at = unit.place(offset);
  if (frame.mode !== 'async') return `(${at}yield*${generator})`;
  const result = frame.acquire();
  frame.release(result);
  return `((${result}=${at}${unit.h('go')}(${generator}))===${unit.h('W')}?(${at}await ${unit.h('gp')}()).value:${result})`;
}
