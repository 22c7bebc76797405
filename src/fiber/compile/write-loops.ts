/**
 * Owns the text of loops, in particular of `for…of` over an iterator that may block between two values.
 *
 * The loop stays a native for…of, so that leaving it closes the iterator by the language's own rules. What it
 * iterates is an adapter (or the array itself); where the next value is not there yet, the adapter hands out the
 * sentinel P, and the body's first statement waits for the real one:
 *
 *     for (const x of X) S    for(let v of a=it(X)){if(v===P){if(yield*rs(a))break;v=a.value}const x=v;S}
 */
import { withoutParens, type Node } from './ast.ts';
import { placeOf, suspend, type Frame } from './frame.ts';
import { describeCallee } from './write-calls.ts';

export function writeForOf(node: Node, frame: Frame): void {
  const { unit } = frame;
  const left = node['left'] as Node;
  const right = node['right'] as Node;
  const body = node['body'] as Node;
  unit.note('yield', { start: node.start, end: right.end }, 'for…of');
  const adapter = frame.acquire();
  const value = unit.fresh('e');
  const binding = left.type === 'VariableDeclaration';
  unit.visit(
    binding ? { ...left, type: 'LoopDeclaration' } : { ...left, type: 'Target', inner: left },
    frame,
  );
  unit.visit(right, frame);
  writeLoopBody(body, frame);
  const close = unit.find(')', right.end);
  const at = placeOf(right, unit);
  const wait = suspend(frame, `${unit.h('rs')}(${adapter})`, at);
  frame.release(adapter);
  unit.before(left.start, binding ? '' : ';(');
  unit.after(left.end, binding ? `=${value};` : `=${value});`);
  unit.text.move(left.start, left.end, body.start);
  const names = binding ? (left['declarations'] as Node[])[0]! : left;
  const each = unit.place(names.start);
  unit.replace(
    left.end,
    right.start,
    `${each}let ${value} of ${unit.place(at)}${adapter}=${unit.h('it')}(`,
  );
  unit.after(right.end, `,${JSON.stringify(notIterable(right))})`);
  unit.after(
    close + 1,
    `{if(${value}===${unit.h('P')}){if(${wait})break;${value}=${adapter}.value}`,
  );
  unit.after(body.end, '}');
}

/** Node's words for a value that cannot be iterated. */
function notIterable(node: Node): string {
  const what = describeCallee(node);
  const inner = withoutParens(node);
  return inner.type === 'CallExpression'
    ? `${what} is not a function or its return value is not iterable`
    : `${what} is not iterable`;
}

/** A body that is no block shares the scope around the loop among its rounds. */
export function writeLoopBody(body: Node, frame: Frame): void {
  const bare = body.type !== 'BlockStatement';
  if (bare) frame.loose++;
  frame.unit.visit(body, frame);
  if (bare) frame.loose--;
}

/** The parts of a loop's head that are evaluated every round. */
export function visitEachRound(node: Node | null, frame: Frame): void {
  if (node === null) return;
  frame.loose++;
  frame.unit.visit(node, frame);
  frame.loose--;
}
