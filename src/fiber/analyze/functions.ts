/**
 * Owns the functions, classes and object literals of a followed program: what each is made of, and whose `this`, `super`
 * and results the code in it has.
 */
import { boundNames, staticKey, type Node } from '../compile/ast.ts';
import { Scope } from './bindings.ts';
import { Calls } from './calls.ts';
import { VALUE } from './objects.ts';
import {
  ANY_KEY,
  ELEMENT,
  TooMuch,
  type FunctionParts,
  type Place,
  type Thing,
} from './points-to.ts';

/** What an import leads to: a file that is followed, a box by its number, or one of the others. */
export type Target =
  | { kind: 'file' | 'data'; path: string }
  | { kind: 'box'; index: number }
  | { kind: 'ours' | 'native' | 'any' };

export interface FlowFile {
  readonly path: string;
  readonly tree: Node;
  readonly isModule: boolean;
  /** By `import` or `require` and a specifier. */
  readonly targets: ReadonlyMap<string, Target>;
}

/** Where code stands: whose `this`, `arguments` and `return` it has. */
export interface Context {
  scope: Scope;
  self: Place;
  result: Place;
  rest: Place;
  /** Of a generator: what it gives. */
  generator: Thing | null;
  /** Where `super` looks. */
  home: Place;
  /** What `super(…)` calls. */
  superClass: Place;
  file: FlowFile;
}

export abstract class Functions extends Calls {
  /** What an expression gives. Statements give nothing. */
  protected abstract value(node: Node, context: Context): Place;

  protected abstract assign(target: Node, from: Place, context: Context): void;

  protected function(node: Node, context: Context, home: Place | null = null): Thing {
    const { graph } = this;
    const isArrow = node.type === 'ArrowFunctionExpression';
    const scope = new Scope(graph, context.scope);
    const rest = graph.place();
    const inner: Context = {
      ...context,
      scope,
      result: graph.place(),
      generator: null,
      ...(!isArrow && { self: graph.place(), rest, home: home ?? this.empty }),
    };
    const parameters = node['params'] as Node[];
    const parts: FunctionParts = {
      parameters: parameters.map(() => graph.place()),
      rest,
      self: isArrow ? graph.place() : inner.self,
      result: graph.place(),
      instance: null,
      file: context.file.path,
      start: node.start,
      isSloppy: !context.file.isModule,
    };
    const made = graph.thing('function', { parts });
    graph.add(made.parents, this.native(VALUE));
    if (!isArrow) {
      const prototype = this.make('made');
      graph.add(graph.field(made, 'prototype'), prototype);
      graph.add(graph.field(prototype, 'constructor'), made);
    }
    if (node['id'] && node.type !== 'FunctionDeclaration')
      graph.add(scope.declare((node['id'] as Node)['name'] as string), made);
    for (const parameter of parameters)
      for (const name of boundNames(parameter)) scope.declare(name);
    if (node['generator']) {
      inner.generator = this.make('list');
      graph.add(parts.result, inner.generator);
      // Who has the generator can run it.
      graph.add(inner.generator.parents, made);
      graph.flow(inner.result, graph.field(inner.generator, ELEMENT));
    } else graph.flow(inner.result, parts.result);
    parameters.forEach((parameter, index) => {
      if (parameter.type === 'RestElement') {
        const all = this.make('list');
        graph.flow(parts.rest, graph.field(all, ELEMENT));
        graph.flow(parts.parameters[index]!, graph.field(all, ELEMENT));
        this.assign(parameter['argument'] as Node, graph.place(all), inner);
      } else this.assign(parameter, parts.parameters[index]!, inner);
    });
    const body = node['body'] as Node;
    if (body.type === 'BlockStatement') {
      scope.hoist(body['body'] as Node[]);
      for (const statement of body['body'] as Node[]) this.value(statement, inner);
    } else graph.flow(this.value(body, inner), inner.result);
    return made;
  }

  protected class(node: Node, context: Context): Thing {
    const { graph } = this;
    const superClass = node['superClass']
      ? this.value(node['superClass'] as Node, context)
      : this.empty;
    const elements = (node['body'] as Node)['body'] as Node[];
    const prototype = this.make('made');
    const home = graph.place(prototype);
    const scope = new Scope(graph, context.scope);
    const outer: Context = { ...context, scope, superClass };
    const written = elements.find((element) => element['kind'] === 'constructor');
    const implicit: Node = {
      type: 'FunctionExpression',
      start: node.start,
      end: node.end,
      params: [],
      body: { type: 'BlockStatement', start: node.start, end: node.end, body: [] },
    };
    // As a name inside the class, it is there before its parts are looked at.
    const name = node['id'] ? scope.declare((node['id'] as Node)['name'] as string) : null;
    const made = this.function((written?.['value'] as Node) ?? implicit, outer, home);
    const parts = made.parts!;
    if (name !== null) graph.add(name, made);
    graph.add(graph.field(made, 'prototype'), prototype);
    graph.add(graph.field(prototype, 'constructor'), made);
    const instance = this.instance(made);
    const selves = graph.field(prototype, '#selves');
    graph.add(selves, instance);
    graph.each(superClass, (parent) => {
      graph.add(made.parents, parent);
      if (parent.kind === 'function') {
        graph.flow(graph.field(parent, 'prototype'), prototype.parents);
        graph.each(graph.field(parent, 'prototype'), (above) =>
          graph.flow(selves, graph.field(above, '#selves')),
        );
      } else {
        graph.add(prototype.parents, parent);
        // Its constructor, and whatever it does with the class, knows the instance.
        if (parent.content >= 0) graph.add(parent.content, instance);
      }
    });
    if (!written) {
      const args = [{ place: parts.rest, spread: true }];
      graph.flow(this.call(superClass, parts.self, args), parts.self);
    }
    for (const element of elements) {
      const holder = element['static'] ? graph.place(made) : home;
      const inner: Context = {
        ...outer,
        self: element['static'] ? graph.place(made) : selves,
        home: holder,
      };
      if (element.type === 'StaticBlock') {
        for (const statement of element['body'] as Node[])
          this.value(statement, { ...inner, self: graph.place(made), home: graph.place(made) });
        continue;
      }
      const key = staticKey(element['key'] as Node, element['computed'] as boolean);
      if (element['computed']) this.value(element['key'] as Node, context);
      if (element.type === 'PropertyDefinition') {
        if (element['value']) {
          const owner = element['static'] ? graph.place(made) : graph.place(instance);
          this.store(owner, key, this.value(element['value'] as Node, inner));
        }
      } else if (element !== written) this.method(element, key, inner, holder);
    }
    return made;
  }

  /** A method, getter or setter of a class or an object. */
  protected method(element: Node, key: string | null, context: Context, holder: Place): void {
    const { graph } = this;
    const made = this.function(element['value'] as Node, context, context.home);
    const { parts } = made;
    const { kind } = element;
    if (kind !== 'get' && kind !== 'set') {
      this.store(holder, key, graph.place(made));
      return;
    }
    graph.flow(context.self, parts!.self);
    if (kind === 'get') this.store(holder, key, parts!.result);
    else {
      for (const parameter of parts!.parameters) {
        if (key !== null) graph.flow(this.storedUnder(key), parameter);
        graph.flow(this.storedUnder(ANY_KEY), parameter);
      }
      if (key === null) throw new TooMuch('a setter under a computed key');
    }
    // Who gets the object may come to run it.
    graph.each(holder, (thing) =>
      graph.add(graph.field(thing, `${String(kind)} ${key ?? ANY_KEY}`), made),
    );
  }

  protected object(node: Node, context: Context): Thing {
    const { graph } = this;
    const made = this.make('made');
    const holder = graph.place(made);
    for (const property of node['properties'] as Node[]) {
      if (property.type === 'SpreadElement') {
        const from = this.value(property['argument'] as Node, context);
        graph.flow(this.load(from, null), graph.field(made, ANY_KEY));
        continue;
      }
      const key = staticKey(property['key'] as Node, property['computed'] as boolean);
      if (property['computed']) this.value(property['key'] as Node, context);
      if (property['kind'] !== 'init')
        this.method(property, key, { ...context, self: holder, home: holder }, holder);
      else if (property['method'])
        this.store(
          holder,
          key,
          graph.place(this.function(property['value'] as Node, context, holder)),
        );
      else this.store(holder, key, this.value(property['value'] as Node, context));
    }
    return made;
  }
}
