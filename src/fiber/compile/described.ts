/**
 * Owns which functions may come to be accessors by a call that defines properties: those that stand under `get` or `set`
 * in an object, are stored there, or are given to `__defineGetter__`, directly or by their names. Their faces ask whether
 * they were called by a read that can wait (runtime/accessors.ts); to ask for nothing costs next to nothing.
 */
import { isFunction, withoutParens, type Node } from './ast.ts';
import type { FunctionInfo } from './survey.ts';

type Kind = 'get' | 'set';

const OLD_WAYS = new Map<unknown, Kind>([
  ['__defineGetter__', 'get'],
  ['__defineSetter__', 'set'],
]);

const kindOf = (key: Node): Kind | null => {
  const name: unknown = key['name'] ?? key['value'];
  return name === 'get' || name === 'set' ? name : null;
};

export class Described {
  readonly #functions = new Map<Node, Kind>();
  readonly #names = new Map<unknown, Kind>();
  /** Functions without a name of their own, by the variable that they are put into. */
  readonly #declared: [name: unknown, node: Node][] = [];

  property(node: Node): void {
    if (node['computed'] === true || node['kind'] !== 'init') return;
    this.#describe(node['value'] as Node, kindOf(node['key'] as Node));
  }

  assignment(node: Node): void {
    const left = node['left'] as Node;
    if (left.type === 'MemberExpression' && left['computed'] !== true)
      this.#describe(node['right'] as Node, kindOf(left['property'] as Node));
  }

  call(node: Node): void {
    const callee = node['callee'] as Node;
    if (callee.type !== 'MemberExpression') return;
    const kind = OLD_WAYS.get((callee['property'] as Node)['name']);
    const [, value] = node['arguments'] as Node[];
    if (kind && value) this.#describe(value, kind);
  }

  declarator(node: Node): void {
    const init = node['init'] as Node | null;
    if (init && isFunction(init)) this.#declared.push([(node['id'] as Node)['name'], init]);
  }

  #describe(value: Node, kind: Kind | null): void {
    if (kind === null) return;
    const inner = withoutParens(value);
    if (isFunction(inner)) this.#functions.set(inner, kind);
    else if (inner.type === 'Identifier') this.#names.set(inner['name'], kind);
  }

  /** To be called when all is visited. */
  mark(functions: ReadonlyMap<Node, FunctionInfo>): void {
    if (this.#names.size > 0) {
      for (const node of functions.keys()) {
        const kind = this.#names.get((node['id'] as Node | undefined)?.['name']);
        if (kind && isFunction(node)) this.#functions.set(node, kind);
      }
      for (const [name, node] of this.#declared) {
        const kind = this.#names.get(name);
        if (kind) this.#functions.set(node, kind);
      }
    }
    for (const [node, kind] of this.#functions) {
      const info = functions.get(node);
      if (info && argumentsOf(info, kind) !== null) info.accessor = kind;
    }
  }
}

/** What its face hands on to the twin, as text; null where that cannot be told. */
export function argumentsOf(info: FunctionInfo, kind: Kind): string | null {
  const parameters = info.node['params'] as Node[];
  if (parameters.some(({ type }) => type !== 'Identifier')) return null;
  if (kind === 'get') return '[]';
  const [only, ...others] = parameters;
  if (info.usesArguments || others.length > 0) return null;
  return only ? `[${only['name'] as string}]` : '[]';
}
