/**
 * Owns what a program's own files do with objects, so that it can be told what comes to the libraries that it uses (see
 * reach.ts): each file is gone through once, and what it exports is there for those that import it.
 *
 * How one follows what, from the ground: points-to.ts, objects.ts, calls.ts, functions.ts, forms.ts.
 */
import { boundNames, type Node } from '../compile/ast.ts';
import { Scope } from './bindings.ts';
import { Forms } from './forms.ts';
import type { Context, FlowFile, Target } from './functions.ts';
import type { Place, Thing } from './points-to.ts';

/** What a file exports, for either loader. */
interface Exports {
  /** As `import * as` has it. */
  space: Thing;
  /** `module`, of a CommonJS file. */
  module: Thing | null;
}

export class Flow extends Forms {
  readonly #exports = new Map<string, Exports>();
  /** Files of data, such as JSON. */
  readonly #data = new Map<string, Thing>();

  /** @param boxes how many there are. */
  constructor(files: readonly FlowFile[], boxes: number, limit: number) {
    super(boxes, limit);
    for (const file of files) {
      const module = file.isModule ? null : this.make('made');
      this.#exports.set(file.path, { space: this.make('made'), module });
    }
    for (const file of files) this.#file(file);
  }

  /** What a box that may load any file gets: what all of them export. */
  give(box: number): void {
    for (const { space, module } of this.#exports.values()) {
      this.graph.add(this.boxes[box]!.content, space);
      if (module) this.graph.add(this.boxes[box]!.content, module);
    }
  }

  solve(): void {
    this.graph.solve();
  }

  protected target(target: Target | undefined, how: string): Place {
    const { graph } = this;
    switch (target?.kind) {
      case 'file': {
        const { space, module } = this.#exports.get(target.path)!;
        if (how === 'import' || how === 'url' || !module) return graph.place(space);
        return this.load(graph.place(module), 'exports');
      }
      case 'box':
        return graph.place(this.boxes[target.index]!);
      case 'ours':
        return graph.place(this.ours);
      case 'native':
        return graph.place(this.native(''));
      case 'data': {
        let held = this.#data.get(target.path);
        if (!held) this.#data.set(target.path, (held = this.make('list')));
        return graph.place(held);
      }
      default:
        return graph.place(this.any);
    }
  }

  #file(file: FlowFile): void {
    const { graph } = this;
    const scope = new Scope(graph, null);
    const { space, module } = this.#exports.get(file.path)!;
    const context: Context = {
      scope,
      self: graph.place(),
      result: graph.place(),
      rest: graph.place(),
      generator: null,
      home: this.empty,
      superClass: this.empty,
      file,
    };
    if (module) {
      const exports = this.make('made');
      graph.add(graph.field(module, 'exports'), exports);
      graph.add(context.self, exports);
      graph.add(scope.declare('exports'), exports);
      graph.add(scope.declare('module'), module);
      graph.add(scope.declare('require'), this.native('require'));
      scope.declare('__filename');
      scope.declare('__dirname');
      const whole = graph.field(module, 'exports');
      graph.flow(whole, graph.field(space, 'default'));
      graph.flow(whole, graph.field(space, 'module.exports'));
      graph.flow(whole, space.parents);
    }
    const statements = file.tree['body'] as Node[];
    scope.hoist(statements);
    for (const statement of statements) this.value(statement, context);
  }

  protected import(node: Node, context: Context): void {
    const from = this.target(this.importTarget(node['source'] as Node, context), 'import');
    for (const specifier of node['specifiers'] as Node[]) {
      const local = context.scope.declare((specifier['local'] as Node)['name'] as string);
      const imported = specifier['imported'] as Node | undefined;
      const isSpace = specifier.type === 'ImportNamespaceSpecifier';
      const name = imported ? nameIn(imported) : 'default';
      this.graph.flow(isSpace ? from : this.load(from, name), local);
    }
  }

  protected export(node: Node, context: Context): void {
    const { graph } = this;
    const { space } = this.#exports.get(context.file.path)!;
    const source = node['source'] as Node | null;
    const from = source && this.target(this.importTarget(source, context), 'import');
    if (node.type === 'ExportAllDeclaration') {
      if (node['exported']) graph.flow(from!, graph.field(space, nameIn(node['exported'] as Node)));
      else graph.flow(from!, space.parents);
      return;
    }
    if (node.type === 'ExportDefaultDeclaration') {
      const declared = node['declaration'] as Node;
      graph.flow(this.value(declared, context), graph.field(space, 'default'));
      return;
    }
    const declared = node['declaration'] as Node | null;
    if (declared) {
      this.value(declared, context);
      const names = declared['id']
        ? boundNames(declared['id'] as Node)
        : (declared['declarations'] as Node[]).flatMap((each) => boundNames(each['id'] as Node));
      for (const name of names) graph.flow(context.scope.declare(name), graph.field(space, name));
    }
    for (const specifier of node['specifiers'] as Node[]) {
      const local = nameIn(specifier['local'] as Node);
      const place = from === null ? this.identifier(local, context) : this.load(from, local);
      graph.flow(place, graph.field(space, nameIn(specifier['exported'] as Node)));
    }
  }
}

/** An identifier, or the string that stands in its place. */
const nameIn = (node: Node): string => (node['name'] ?? node['value']) as string;
