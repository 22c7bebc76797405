/**
 * Owns what `explain` says of everything that the writer did not make a yield point: which functions stay plain, and
 * what would pin, and why. `docs/where-a-fiber-pins.md` is the same as a table.
 *
 * What the compiler could have written (sites.ts) and did not (account.ts) is found, not guessed. What the language or
 * uncompiled code calls by itself is told where it is handed over, by the same questions to the World.
 *
 * Past 400 lines because it is one table of forms.
 */
import { isOursMethod, METHODS, storesInReceiver } from '../analyze/known-calls.ts';
import type { Account } from './account.ts';
import {
  boundNames,
  childrenOf,
  isClass,
  isFunction,
  keyName,
  SYMBOL,
  withoutParens,
} from './ast.ts';
import type { Node } from './ast.ts';
import { bareName, calledAs } from './called.ts';
import { isCallSite, isKeySite, isReadSite, isSafeCall, isWriteSite } from './sites.ts';
import type { FunctionInfo } from './survey.ts';
import type { Unit } from './unit.ts';
import { describeCallee } from './write-calls.ts';

/** Where a node stands. */
interface Where {
  info: FunctionInfo;
  inParameters: boolean;
  /** What is around it was told of as a whole. */
  isTold: boolean;
}

const list = (names: string): ReadonlySet<string> => new Set(names.split(' '));

/** What the language calls by itself. */
const CALLED_BY_OPERATORS = list('toString valueOf toJSON');
const ITERATING_CLASSES = list('Map Set WeakMap WeakSet');
const ITERATING_METHODS = list(
  'Object.fromEntries Promise.all Promise.allSettled Promise.race Promise.any',
);
const READING_METHODS = list('Object.assign Object.entries Object.values Reflect.get');
const OF_PROMISES = list('then catch finally');
const DEFINING_METHODS = list('defineProperty defineProperties create __defineGetter__');

const WHY_PATTERN =
  'the order of what this pattern takes could be told apart: take it in two steps';
const WHY_PARAMETER = 'no await or yield may stand in these parameters';
const WHY_VAR = 'the body declares a parameter once more';

/** Notes what stays plain and what would pin, in a whole file. */
export function notePins(program: Node, unit: Unit, account: Account): void {
  const info = unit.survey.functions.get(program)!;
  new Pins(program, unit, account).visit(program, { info, inParameters: false, isTold: false });
}

class Pins {
  readonly #unit: Unit;
  readonly #account: Account;
  /** Names of functions that are compiled with this file, or coppice's own: what is handed to them is followed. */
  readonly #known = new Set<string>();
  /** Among those, the functions that stand in it. */
  readonly #functions = new Set<string>();

  constructor(program: Node, unit: Unit, account: Account) {
    this.#unit = unit;
    this.#account = account;
    this.#know(program);
  }

  visit(node: Node, where: Where): void {
    if (isFunction(node)) return this.#function(node, where);
    switch (node.type) {
      case 'PropertyDefinition':
      case 'StaticBlock':
        return this.#element(node, where);
      case 'MethodDefinition':
        this.#operatorMethod(node);
        break;
      case 'CallExpression':
        return this.#call(node, where);
      case 'NewExpression':
        this.#new(node, where);
        break;
      case 'TaggedTemplateExpression': {
        const tag = node['tag'] as Node;
        if (this.#world.call(calledAs(tag))) this.#site(node, tag, where, 'a tag of this form');
        this.#place(tag, where);
        return this.visit(node['quasi'] as Node, where);
      }
      case 'MemberExpression':
        this.#member(node, where, null);
        return this.#place(node, where);
      case 'AssignmentExpression':
        return this.#assignment(node, where);
      case 'UpdateExpression': {
        const target = withoutParens(node['argument'] as Node);
        if (isWriteSite(target, this.#world)) this.#site(target, target, where, null);
        return this.#place(target, where);
      }
      case 'UnaryExpression':
        if (node['operator'] === 'delete') return this.#place(node['argument'] as Node, where);
        break;
      case 'ForOfStatement':
        if (node['await'] !== true && this.#world.iterate) {
          const { end } = node['right'] as Node;
          this.#site(node, { start: node.start, end }, where, null);
        }
        break;
      case 'SpreadElement':
        if (this.#world.iterate) this.#site(node, node, where, null);
        break;
      case 'YieldExpression':
        if (node['delegate'] === true && this.#world.iterate) this.#site(node, node, where, null);
        break;
      case 'ObjectExpression':
        return this.#object(node, where);
      case 'ObjectPattern':
        return this.#objectPattern(node, where);
      case 'ArrayPattern':
        if (this.#world.iterate) this.#site(node, node, where, WHY_PATTERN);
        break;
      case 'WithStatement':
        this.visit(node['object'] as Node, where);
        if (this.#mayBlock(node['body'] as Node))
          this.#pin(node, 'with: a name in it may be the object’s');
        return this.#all([node['body'] as Node], { ...where, isTold: true });
      default:
    }
    this.#all(childrenOf(node), where);
  }

  get #world(): Unit['world'] {
    return this.#unit.world;
  }

  #all(nodes: readonly Node[], where: Where): void {
    for (const node of nodes) this.visit(node, where);
  }

  #pin(span: Pick<Node, 'start' | 'end'>, why: string): void {
    this.#account.note('pin', span, why);
  }

  /** What could be a yield point: it is one, or it pins. */
  #site(node: Node, span: Pick<Node, 'start' | 'end'>, where: Where, why: string | null): void {
    if (where.isTold || this.#account.isMade(node)) return;
    this.#pin(span, this.#whyHere(where) ?? why ?? 'it keeps its form here');
  }

  /** Why nothing can be suspended here, if so. */
  #whyHere({ info, inParameters }: Where): string | null {
    if (info.plainBecause !== null) return info.plainBecause;
    if (inParameters && (info.async || info.generator)) return WHY_PARAMETER;
    if (inParameters) return WHY_VAR;
    if (info.parent === null && !this.#account.canSuspend(info.node))
      return 'the top of a module that is required must not wait';
    return null;
  }

  #function(node: Node, { inParameters }: Where): void {
    const info = this.#unit.survey.functions.get(node)!;
    const told = !info.blocks || !this.#account.canSuspend(node);
    if (!info.blocks) this.#account.note('plain', node, nameOfFunction(node));
    else if (told) this.#pin(node, this.#whyNot(info, inParameters));
    const here = { info, isTold: told };
    this.#all(node['params'] as Node[], { ...here, inParameters: true });
    this.visit(node['body'] as Node, { ...here, inParameters: false });
  }

  #whyNot(info: FunctionInfo, inParameters: boolean): string {
    const known = info.plainBecause ?? this.#account.reasonFor(info.node);
    if (known !== undefined) return known;
    if (info.parameterNewTarget) return 'new.target in a parameter';
    if (info.node.type === 'FunctionDeclaration')
      return 'declared in a switch clause, after a label or as the body of an if';
    return inParameters ? 'made in a parameter' : 'its class or object has no block around it';
  }

  /** A field's value, or a static block: a function, in all but name. */
  #element(node: Node, where: Where): void {
    if (node['computed'] === true) this.visit(node['key'] as Node, where);
    const info = this.#unit.survey.functions.get(node);
    if (info === undefined) return;
    const isTold = !info.blocks || !this.#account.canSuspend(node);
    if (info.blocks && isTold) this.#pin(node, info.plainBecause!);
    const parts = node.type === 'StaticBlock' ? (node['body'] as Node[]) : [node['value'] as Node];
    this.#all(parts, { info, inParameters: false, isTold });
  }

  /** The parts of a member that is called, written or deleted, and not read by itself. */
  #place(target: Node, where: Where): void {
    const inner = withoutParens(target);
    if (inner.type === 'ChainExpression') this.#place(inner['expression'] as Node, where);
    else if (inner.type === 'MemberExpression') {
      this.visit(inner['object'] as Node, where);
      if (inner['computed'] === true) this.visit(inner['property'] as Node, where);
    } else this.visit(inner, where);
  }

  #member(node: Node, where: Where, why: string | null): void {
    if (!isReadSite(node, this.#world)) return;
    const isSuper = (node['object'] as Node).type === 'Super';
    this.#site(node, node, where, isSuper ? 'super is read through Reflect.get' : why);
  }

  #assignment(node: Node, where: Where): void {
    const left = withoutParens(node['left'] as Node);
    if (left.type === 'MemberExpression') {
      if (isWriteSite(left, this.#world)) this.#site(left, left, where, null);
      this.#place(left, where);
    } else this.visit(left, where);
    this.visit(node['right'] as Node, where);
  }

  #objectPattern(node: Node, where: Where): void {
    for (const property of node['properties'] as Node[]) {
      if (property.type === 'RestElement') {
        if (this.#readsAccessors(where)) this.#pin(property, WHY_READ);
      } else {
        const key = property['key'] as Node;
        if (isKeySite(property, this.#world)) this.#site(key, key, where, WHY_PATTERN);
        if (property['computed'] === true) this.visit(key, where);
      }
      this.visit((property['value'] ?? property['argument']) as Node, where);
    }
  }

  #object(node: Node, where: Where): void {
    for (const property of node['properties'] as Node[]) {
      if (property.type === 'SpreadElement') {
        if (this.#readsAccessors(where)) this.#pin(property, WHY_READ);
        this.visit(property['argument'] as Node, where);
        continue;
      }
      this.#operatorMethod(property);
      if (property['computed'] === true) this.visit(property['key'] as Node, where);
      if (property['shorthand'] !== true) this.visit(property['value'] as Node, where);
    }
  }

  /** `toString() { … }` and its kin suspend where they are called by name, and nowhere else. */
  #operatorMethod(node: Node): void {
    const key = node['key'] as Node;
    const name = keyName(key, node['computed'] === true);
    const value = node['value'] as Node | null;
    if (name === null || value === null || node['kind'] === 'get' || node['kind'] === 'set') return;
    const text = this.#unit.slice(key);
    const isSymbol = name === SYMBOL && /\.(?:toPrimitive|hasInstance)$/.test(text);
    if ((isSymbol || CALLED_BY_OPERATORS.has(name)) && this.#isBlocking(value))
      this.#pin(
        key,
        'where an operator or the language calls it; it suspends where it is called by name',
      );
  }

  #readsAccessors({ isTold }: Where): boolean {
    return !isTold && this.#world.access(null);
  }

  #call(node: Node, where: Where): void {
    const callee = withoutParens(node['callee'] as Node);
    const { world, survey } = this.#unit;
    const name = describeCallee(callee);
    const method = callee.type === 'MemberExpression' ? bareName(calledAs(callee) ?? '') : '';
    const given = node['arguments'] as Node[];
    if (callee.type === 'Identifier' && name === 'eval') this.#pin(node, WHY_TEXT);
    else if (callee.type === 'ChainExpression') {
      if (world.call(calledAs(callee['expression'] as Node)))
        this.#pin(node, 'a chain in parentheses is called as it stands');
    } else if (isCallSite(node, world, survey.blocks)) {
      this.#site(node, node, where, 'super() keeps its form here');
      // A promise's own, most likely, whatever else has the name.
      if (OF_PROMISES.has(method)) this.#handed(callee, given);
    } else if (!isSafeCall(callee)) this.#handed(callee, given);
    if (ITERATING_METHODS.has(name)) this.#iterated(node, given[0]);
    if (READING_METHODS.has(name) && this.#readsAccessors(where)) this.#pin(node, WHY_READ);
    if (name === 'Function') this.#pin(node, WHY_TEXT);
    if (DEFINING_METHODS.has(method)) this.#described(given, where);
    this.#place(callee, where);
    this.#all(given, where);
  }

  #new(node: Node, where: Where): void {
    const callee = withoutParens(node['callee'] as Node);
    const name = calledAs(callee);
    const given = node['arguments'] as Node[];
    if (ITERATING_CLASSES.has(name ?? '')) this.#iterated(node, given[0]);
    else if (name === 'Function') this.#pin(node, WHY_TEXT);
    else if (name === 'Proxy') this.#traps(given[1]);
    else if (this.#world.call(name)) this.#site(node, node, where, null);
    else this.#handed(callee, given);
  }

  #iterated(node: Node, given: Node | undefined): void {
    if (!given || !this.#world.iterate || withoutParens(given).type === 'ArrayExpression') return;
    this.#pin(node, 'the engine iterates, if what it is given blocks: [...x] and for…of suspend');
  }

  #traps(handler: Node | undefined): void {
    const inner = handler && withoutParens(handler);
    if (inner?.type !== 'ObjectExpression') return;
    for (const property of inner['properties'] as Node[]) {
      const value = property['value'] as Node | undefined;
      if (value && this.#isBlocking(value)) this.#pin(property['key'] as Node, 'a proxy’s trap');
    }
  }

  /** Accessors that a call defines of what the text does not show to be a function. */
  #described(given: readonly Node[], where: Where): void {
    const visit = (node: Node): void => {
      if (node.type === 'ObjectExpression') {
        for (const property of node['properties'] as Node[]) {
          const value = withoutParens((property['value'] ?? property['argument']) as Node);
          const key = property['key'] as Node | undefined;
          if (key && /^(?:get|set)$/.test(keyName(key, property['computed'] === true) ?? ''))
            accessor(value);
          visit(value);
        }
      }
    };
    const accessor = (value: Node): void => {
      const isShown =
        isFunction(value) ||
        (value.type === 'Identifier' && this.#functions.has(value['name'] as string));
      if (!isShown && !where.isTold && this.#isBlocking(value))
        this.#pin(value, 'an accessor that the text does not show to be a function');
    };
    for (const each of given) visit(withoutParens(each));
  }

  /** Something that blocks goes to what is not compiled, as far as that can be seen. */
  #handed(callee: Node, given: readonly Node[]): void {
    const name = bareName(calledAs(callee) ?? '');
    const isMethod = callee.type === 'MemberExpression';
    const isNative = isMethod && METHODS.has(name);
    if ((this.#known.has(name) && !isNative) || isFunction(callee)) return;
    if (isMethod && (storesInReceiver(name) || isOursMethod(name))) return;
    for (const each of given)
      if (this.#isHandedFunction(each) && this.#isBlocking(each))
        this.#pin(each, `where ${describeCallee(callee)} calls it, which is not compiled`);
  }

  /** A function of this file or of another that is compiled with it, and not what somebody may have put under a name. */
  #isHandedFunction(node: Node): boolean {
    const inner = withoutParens(node);
    if (isFunction(inner)) return true;
    if (inner.type === 'MemberExpression' && isReadSite(inner, this.#world)) return false;
    return this.#known.has(bareName(calledAs(inner) ?? ''));
  }

  /** May it block when it is called: a function that stands there, or one that is named? */
  #isBlocking(value: Node): boolean {
    const inner = withoutParens(value);
    if (isFunction(inner)) return this.#unit.survey.blocks(inner);
    if (inner.type === 'CallExpression')
      return [inner['callee'] as Node, ...(inner['arguments'] as Node[])].some(
        (each) => withoutParens(each).type !== 'SpreadElement' && this.#isBlocking(each),
      );
    const name = calledAs(inner);
    return name !== null || inner.type === 'MemberExpression' ? this.#world.call(name) : false;
  }

  /** Is there a site in it? */
  #mayBlock(node: Node): boolean {
    if (isFunction(node) || isClass(node)) return false;
    if (node.type === 'CallExpression')
      if (isCallSite(node, this.#world, this.#unit.survey.blocks)) return true;
    return childrenOf(node).some((child) => this.#mayBlock(child));
  }

  /** Collects what is compiled with this file, by its names. */
  #know(node: Node): void {
    if (node.type === 'ImportDeclaration') {
      const from = (node['source'] as Node)['value'] as string;
      if (from !== 'coppice' && !/^[./]/.test(from)) return;
      for (const each of node['specifiers'] as Node[])
        this.#known.add((each['local'] as Node)['name'] as string);
      return;
    }
    if (isFunction(node) || isClass(node)) {
      const name = (node['id'] as Node | null)?.['name'];
      if (typeof name === 'string') this.#knowFunction(name);
    } else if (node.type === 'MethodDefinition' || node.type === 'Property') {
      const value = node['value'] as Node | null;
      const name = keyName(node['key'] as Node, node['computed'] === true);
      if (name !== null && value && isFunction(withoutParens(value))) this.#known.add(name);
    } else if (node.type === 'VariableDeclarator') {
      const init = node['init'] as Node | null;
      const inner = init && withoutParens(init);
      const isOurs = inner?.type === 'CallExpression' && this.#requiresUs(inner);
      if (inner && (isFunction(inner) || isClass(inner) || isOurs))
        for (const name of boundNames(node['id'] as Node))
          if (isOurs) this.#known.add(name);
          else this.#knowFunction(name);
    }
    for (const child of childrenOf(node)) this.#know(child);
  }

  #knowFunction(name: string): void {
    this.#known.add(name);
    this.#functions.add(name);
  }

  #requiresUs(call: Node): boolean {
    const [from] = call['arguments'] as Node[];
    const name: unknown = from?.['value'];
    const isRequire = (call['callee'] as Node)['name'] === 'require';
    return isRequire && typeof name === 'string' && (name === 'coppice' || /^[./]/.test(name));
  }
}

const WHY_READ = 'if it has an accessor that blocks: the engine reads it';
const WHY_TEXT = 'what the text says is not compiled';

function nameOfFunction(node: Node): string {
  return node['id'] ? ((node['id'] as Node)['name'] as string) : 'a function';
}
