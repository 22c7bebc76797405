/**
 * Owns what each form of the language does with objects, as constraints on places.
 *
 * A form that is not known here ends the analysis with an error, and so does what cannot be followed at all (`with`,
 * `eval`): then anything may be anywhere.
 */
import { childrenOf, staticKey, withoutParens, type Node } from '../compile/ast.ts';
import type { Argument } from './calls.ts';
import { Functions, type Context, type Target } from './functions.ts';
import { METHODS } from './known-calls.ts';
import { VALUE } from './objects.ts';
import { ANY_KEY, ELEMENT, TooMuch, type Place } from './points-to.ts';

export abstract class Forms extends Functions {
  /** What a file or a package gives to who asks for it so. */
  protected abstract target(target: Target | undefined, how: string): Place;

  protected abstract import(node: Node, context: Context): void;

  protected abstract export(node: Node, context: Context): void;

  protected assign(target: Node, from: Place, context: Context): void {
    const { graph } = this;
    switch (target.type) {
      case 'Identifier': {
        const place = context.scope.find(target['name'] as string);
        graph.flow(from, place ?? this.globals);
        return;
      }
      case 'MemberExpression': {
        const base = this.base(target, context);
        const key = staticKey(target['property'] as Node, target['computed'] as boolean);
        if (target['computed']) this.value(target['property'] as Node, context);
        this.store(base, key, from);
        return;
      }
      case 'ParenthesizedExpression':
        this.assign(target['expression'] as Node, from, context);
        return;
      case 'AssignmentPattern':
        this.assign(target['left'] as Node, from, context);
        this.assign(target['left'] as Node, this.value(target['right'] as Node, context), context);
        return;
      case 'ObjectPattern':
        for (const property of target['properties'] as Node[]) {
          if (property.type === 'RestElement') {
            const rest = this.make('made');
            graph.flow(this.load(from, null), graph.field(rest, ANY_KEY));
            this.assign(property['argument'] as Node, graph.place(rest), context);
            continue;
          }
          if (property['computed']) this.value(property['key'] as Node, context);
          const key = staticKey(property['key'] as Node, property['computed'] as boolean);
          this.assign(property['value'] as Node, this.load(from, key), context);
        }
        return;
      case 'ArrayPattern': {
        const items = this.iterate(from);
        for (const element of target['elements'] as (Node | null)[]) {
          if (element?.type === 'RestElement') {
            const rest = this.make('list');
            graph.flow(items, graph.field(rest, ELEMENT));
            this.assign(element['argument'] as Node, graph.place(rest), context);
          } else if (element) this.assign(element, items, context);
        }
        return;
      }
      default:
        throw new TooMuch(`cannot assign to ${target.type}`);
    }
  }

  /** What a member is read from or written to. */
  protected base(member: Node, context: Context): Place {
    const object = member['object'] as Node;
    return object.type === 'Super' ? context.self : this.value(object, context);
  }

  protected arguments(nodes: readonly Node[], context: Context): Argument[] {
    return nodes.map((node) =>
      node.type === 'SpreadElement'
        ? { place: this.iterate(this.value(node['argument'] as Node, context)), spread: true }
        : { place: this.value(node, context), spread: false },
    );
  }

  protected callExpression(node: Node, context: Context): Place {
    const { graph } = this;
    const callee = withoutParens(node['callee'] as Node);
    const nodes = node['arguments'] as Node[];
    const args = this.arguments(nodes, context);
    if (callee.type === 'Identifier' && callee['name'] === 'eval')
      throw new TooMuch('eval can do anything');
    const how = { isKnown: nodes[0]?.type === 'NewExpression' };
    const loaded = this.loaded(nodes, callee, context);
    let result: Place;
    if (callee.type === 'Super') {
      result = this.call(context.superClass, context.self, args, how);
      graph.flow(result, context.self);
    } else if (callee.type === 'MemberExpression') {
      const key = staticKey(callee['property'] as Node, callee['computed'] as boolean);
      if (callee['computed']) this.value(callee['property'] as Node, context);
      const isSuper = (callee['object'] as Node).type === 'Super';
      const self = this.base(callee, context);
      const method = isSuper ? this.superMember(key, context) : this.load(self, key);
      // Of what nothing is known, a method of the language: under a computed name one that calls, or one that stores.
      for (const name of key === null ? ['map', 'push'] : METHODS.has(key) ? [key] : [])
        graph.add(method, this.native(`${VALUE}.${name}`));
      result = this.call(method, self, args, how);
    } else result = this.call(this.value(callee, context), null, args, how);
    return loaded === null ? result : this.union(result, loaded);
  }

  /** What `require('…')` gives, under whatever name `require` goes here. */
  protected loaded(nodes: readonly Node[], callee: Node, context: Context): Place | null {
    const [first] = nodes;
    const target = first && context.file.targets.get(`require ${String(textNode(first)['value'])}`);
    if (target) return this.target(target, 'require');
    return callee['name'] === 'require' ? this.graph.place(this.any) : null;
  }

  protected superMember(key: string | null, context: Context): Place {
    const to = this.graph.place();
    this.graph.each(context.home, (home) => {
      this.graph.each(home.parents, (parent) => this.loadFrom(parent, key, to));
    });
    return to;
  }

  protected new(node: Node, context: Context): Place {
    const { graph } = this;
    const nodes = node['arguments'] as Node[];
    const args = this.arguments(nodes, context);
    const result = this.call(this.value(node['callee'] as Node, context), null, args, {
      isNew: true,
      isKnown: true,
    });
    const [first] = nodes;
    const target = first && context.file.targets.get(`url ${String(textNode(first)['value'])}`);
    // `blocking(new URL('./db.js', import.meta.url))` calls the functions of that module.
    if (target) {
      const url = this.make('list');
      graph.flow(this.target(target, 'url'), graph.field(url, ANY_KEY));
      graph.add(result, url);
    }
    return result;
  }

  protected identifier(name: string, context: Context): Place {
    const { graph } = this;
    const place = context.scope.find(name);
    if (place !== null) return place;
    if (name === 'undefined' || name === 'NaN' || name === 'Infinity') return this.empty;
    if (name === 'arguments') {
      const all = this.make('list');
      graph.both(context.rest, graph.field(all, ELEMENT));
      return graph.place(all);
    }
    return this.union(graph.place(this.native(name)), this.globals);
  }

  protected importTarget(source: Node, context: Context): Target | undefined {
    return context.file.targets.get(`import ${String(source['value'])}`);
  }

  /** What an expression gives. Statements give nothing. */
  protected value(node: Node, context: Context): Place {
    const { graph } = this;
    switch (node.type) {
      case 'Literal':
      case 'EmptyStatement':
      case 'BreakStatement':
      case 'ContinueStatement':
      case 'DebuggerStatement':
        return this.empty;
      case 'Identifier':
        return this.identifier(node['name'] as string, context);
      case 'ThisExpression':
        return context.self;
      case 'FunctionDeclaration': {
        const made = this.function(node, context);
        if (node['id'])
          graph.add(context.scope.declare((node['id'] as Node)['name'] as string), made);
        return graph.place(made);
      }
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
        return graph.place(this.function(node, context));
      case 'ClassDeclaration':
      case 'ClassExpression': {
        const made = this.class(node, context);
        if (node['id'] && node.type === 'ClassDeclaration')
          graph.add(context.scope.declare((node['id'] as Node)['name'] as string), made);
        return graph.place(made);
      }
      case 'ObjectExpression':
        return graph.place(this.object(node, context));
      case 'ArrayExpression': {
        const made = this.make('list');
        const elements = (node['elements'] as (Node | null)[]).filter((each) => each !== null);
        for (const { place } of this.arguments(elements, context))
          graph.flow(place, graph.field(made, ELEMENT));
        return graph.place(made);
      }
      case 'MemberExpression': {
        const key = staticKey(node['property'] as Node, node['computed'] as boolean);
        if (node['computed']) this.value(node['property'] as Node, context);
        if ((node['object'] as Node).type === 'Super') return this.superMember(key, context);
        return this.load(this.value(node['object'] as Node, context), key);
      }
      case 'CallExpression':
        return this.callExpression(node, context);
      case 'NewExpression':
        return this.new(node, context);
      case 'TaggedTemplateExpression': {
        const tag = withoutParens(node['tag'] as Node);
        const isMember =
          tag.type === 'MemberExpression' && (tag['object'] as Node).type !== 'Super';
        const self = isMember ? this.base(tag, context) : null;
        const quasi = node['quasi'] as Node;
        const args = this.arguments(quasi['expressions'] as Node[], context);
        const strings = { place: graph.place(this.make('list')), spread: false };
        return this.call(this.value(tag, context), self, [strings, ...args]);
      }
      case 'ImportExpression': {
        this.value(node['source'] as Node, context);
        return this.target(this.importTarget(textNode(node['source'] as Node), context), 'import');
      }
      case 'AssignmentExpression': {
        const value = this.value(node['right'] as Node, context);
        this.assign(node['left'] as Node, value, context);
        return node['operator'] === '='
          ? value
          : this.union(value, this.valueBefore(node, context));
      }
      case 'LogicalExpression':
        return this.union(
          this.value(node['left'] as Node, context),
          this.value(node['right'] as Node, context),
        );
      case 'ConditionalExpression':
        this.value(node['test'] as Node, context);
        return this.union(
          this.value(node['consequent'] as Node, context),
          this.value(node['alternate'] as Node, context),
        );
      case 'SequenceExpression': {
        const places = (node['expressions'] as Node[]).map((each) => this.value(each, context));
        return places.at(-1)!;
      }
      case 'ParenthesizedExpression':
      case 'ChainExpression':
        return this.value(node['expression'] as Node, context);
      case 'AwaitExpression':
        return this.await(this.value(node['argument'] as Node, context));
      case 'YieldExpression': {
        const { generator } = context;
        const given = node['argument'] ? this.value(node['argument'] as Node, context) : this.empty;
        if (generator === null) throw new TooMuch('a yield outside of a generator');
        const place = graph.field(generator, ELEMENT);
        graph.flow(node['delegate'] ? this.iterate(given) : given, place);
        return this.union(place, graph.field(generator, ANY_KEY));
      }
      case 'MetaProperty':
        return (node['meta'] as Node)['name'] === 'import'
          ? graph.place(this.make('made'))
          : this.load(context.self, 'constructor');
      case 'UnaryExpression':
      case 'UpdateExpression':
        this.value(node['argument'] as Node, context);
        return this.empty;
      case 'BinaryExpression':
        if ((node['left'] as Node).type !== 'PrivateIdentifier')
          this.value(node['left'] as Node, context);
        this.value(node['right'] as Node, context);
        return this.empty;
      case 'TemplateLiteral':
        for (const each of node['expressions'] as Node[]) this.value(each, context);
        return this.empty;
      case 'ImportDeclaration':
        this.import(node, context);
        return this.empty;
      case 'ExportNamedDeclaration':
      case 'ExportAllDeclaration':
      case 'ExportDefaultDeclaration':
        this.export(node, context);
        return this.empty;
      case 'VariableDeclaration':
        for (const each of node['declarations'] as Node[])
          if (each['init'])
            this.assign(each['id'] as Node, this.value(each['init'] as Node, context), context);
        return this.empty;
      case 'ReturnStatement':
        if (node['argument'])
          graph.flow(this.value(node['argument'] as Node, context), context.result);
        return this.empty;
      case 'ThrowStatement':
        graph.flow(this.value(node['argument'] as Node, context), this.thrown);
        return this.empty;
      case 'CatchClause':
        if (node['param']) this.assign(node['param'] as Node, this.caught, context);
        this.value(node['body'] as Node, context);
        return this.empty;
      case 'ForOfStatement': {
        const items = this.iterate(this.value(node['right'] as Node, context));
        this.assign(targetIn(node), node['await'] ? this.await(items) : items, context);
        this.value(node['body'] as Node, context);
        return this.empty;
      }
      case 'ForInStatement':
        this.value(node['right'] as Node, context);
        this.assign(targetIn(node), this.empty, context);
        this.value(node['body'] as Node, context);
        return this.empty;
      case 'LabeledStatement':
        return this.value(node['body'] as Node, context);
      case 'BlockStatement':
      case 'ExpressionStatement':
      case 'IfStatement':
      case 'ForStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
      case 'SwitchStatement':
      case 'SwitchCase':
      case 'TryStatement':
        for (const child of childrenOf(node)) this.value(child, context);
        return this.empty;
      default:
        throw new TooMuch(`does not know ${node.type}`);
    }
  }

  /** What stood in the target of `a ??= b` before. */
  protected valueBefore(node: Node, context: Context): Place {
    const left = withoutParens(node['left'] as Node);
    return left.type === 'Identifier' || left.type === 'MemberExpression'
      ? this.value(left, context)
      : this.empty;
  }
}

/** Of `for (x of …)` and `for (const x of …)`. */
function targetIn(loop: Node): Node {
  const left = loop['left'] as Node;
  return left.type === 'VariableDeclaration'
    ? ((left['declarations'] as Node[])[0]!['id'] as Node)
    : left;
}

/** A literal, also where the source writes a template. */
function textNode(node: Node): Node {
  const inner = withoutParens(node);
  if (inner.type !== 'TemplateLiteral') return inner;
  const [only] = inner['quasis'] as Node[];
  return { ...inner, value: (only!['value'] as { cooked: string }).cooked };
}
