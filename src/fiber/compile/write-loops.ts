/**
 * Owns the text of loops, in particular of `for…of` over an iterator that may block between two values.
 *
 * The loop stays a native for…of, so that it is left by the language's own rules. What it iterates is an adapter (or the
 * array itself); where the next value is not there yet, the adapter hands out the sentinel P, and the body's first
 * statement waits for the real one. Told to close, the adapter only notes that; the user's iterator is closed behind
 * the loop, where that can wait as well, and whose error counts depends on whether one was thrown before:
 *
 *     for (const x of X) S    {a=null;try{for(let v of a=it(X)){if(v===P){if(yield*rs(a))break;v=a.value}const x=v;S}}
 *                             catch(e){throw lt(a,e)}finally{if(lv(a))yield*cl(a)}}
 */
import type { Node } from './ast.ts';
import { placeOf, suspend, type Frame } from './frame.ts';
import { notIterable } from './write-calls.ts';
import { checked, isWritten, type Taken } from './write-patterns.ts';

/** @param start where its labels begin, which must stay with the loop. */
export function writeForOf(node: Node, frame: Frame, start = node.start): void {
  const { unit } = frame;
  const left = node['left'] as Node;
  const right = node['right'] as Node;
  const body = node['body'] as Node;
  unit.yields(node, 'for…of', { start: node.start, end: right.end });
  const adapter = frame.acquire();
  const value = unit.fresh('e');
  const binding = left.type === 'VariableDeclaration';
  const taken: Taken = binding
    ? { text: value, described: '.for', refused: '.for is not iterable' }
    : { text: value, described: null, refused: null };
  const written = isWritten(patternOf(left), frame);
  unit.visit(
    binding
      ? { ...left, type: 'LoopDeclaration', round: taken }
      : { ...left, type: 'Target', inner: left, round: taken },
    frame,
  );
  unit.visit(right, frame);
  writeLoopBody(body, frame);
  const close = unit.find(')', right.end);
  const at = placeOf(right, unit);
  const wait = suspend(frame, `${unit.h('rs')}(${adapter})`, at);
  const closing = suspend(frame, `${unit.h('cl')}(${adapter})`, at);
  frame.release(adapter);
  const error = unit.local('e');
  unit.before(start, `{${adapter}=null;try{`);
  if (written) unit.after(left.end, ';');
  else {
    const given = checked(patternOf(left), value, taken, frame);
    if (!binding) unit.before(left.start, ';(');
    unit.after(left.end, `=${given}${binding ? '' : ')'};`);
  }
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
  unit.after(
    body.end,
    `}}catch(${error}){throw ${unit.h('lt')}(${adapter},${error})}finally{if(${unit.h('lv')}(${adapter}))${closing}}}`,
  );
}

/** What each round binds or assigns to. */
export function patternOf(left: Node): Node {
  return left.type === 'VariableDeclaration'
    ? ((left['declarations'] as Node[])[0]!['id'] as Node)
    : left;
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
