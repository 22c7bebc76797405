/**
 * Owns the text of fields that are taken out of their class (fields.ts): a pair of hidden functions, one plain and one twin,
 * which the constructor calls where the engine would have run them: first of all, or behind super().
 *
 *     class A{x=f()}    class A{static #p(){df(this,"x",f())}static*#t(){df(this,"x",F')}constructor(){A.#p.call(this)}…}
 *
 * The scope of the class is theirs, as it is a field's.
 */
import { staticKey, takesName, type Node } from './ast.ts';
import { Frame, type Block } from './frame.ts';
import type { Unit } from './unit.ts';

/** What the two functions are called. */
export interface Fields {
  plain: string;
  twin: string;
}

/** Takes them out, and puts the two functions where the first of them stood. */
export function writeMovedFields(
  moved: readonly Node[],
  frame: Frame,
  visitValue: (field: Node, inner: Frame) => void,
): Fields {
  const { unit } = frame;
  // As stacks show it (fiber/stack-trace.ts).
  const hidden = (): string => `#${unit.fresh('f')}_instance_members_initializer`;
  const fields: Fields = { plain: hidden(), twin: hidden() };
  const bodyOf = (mode: 'plain' | 'twin'): string =>
    moved.map((field) => definition(field, mode, frame, visitValue)).join('');
  const plain = unit.untold(() => bodyOf('plain'));
  const text = `;static ${fields.plain}(){${plain}}static*${fields.twin}(){${bodyOf('twin')}}`;
  for (const [index, { start, end }] of moved.entries())
    unit.replace(start, end, index === 0 ? text : ' ');
  return fields;
}

function definition(
  field: Node,
  mode: 'plain' | 'twin',
  frame: Frame,
  visitValue: (field: Node, inner: Frame) => void,
): string {
  const { unit } = frame;
  const key = JSON.stringify(staticKey(field['key'] as Node, field['computed'] === true));
  const value = field['value'] as Node | null;
  if (value === null) return `${unit.h('df')}(this,${key},void 0);`;
  const info = unit.survey.functions.get(field)!;
  const block: Block = { at: 0, lead: '', declarations: [] };
  const inner = new Frame(unit, info, mode, frame, block);
  const copy = unit.copy(value.start, value.end, () => visitValue(field, inner));
  const declared = inner.declarations() + block.declarations.join('');
  // An anonymous function has its name from the key.
  const text = takesName(value) ? `{[${key}]:${copy}}[${key}]` : copy;
  return `{${declared}${unit.h('df')}(this,${key},${text});}`;
}

/** The call of one of them, on `self`. */
export function callOf(unit: Unit, holder: string, name: string, self: string): string {
  return `${holder}.${name}[${unit.h('C')}](${self})`;
}
