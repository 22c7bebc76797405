/**
 * Owns the text of `assert(x === 2)` and `assert.ok(x)` on Node 20: "The expression evaluated to a falsy value", and then
 * the expression.
 *
 * Node reads it from the file, at the line and column where the call was. Later Nodes ask the source map for them; Node
 * 20 takes those of the compiled text, and shows something else of the file, or nothing. So the message is made once
 * more, as Node makes it, when the stack of such an error is asked for, which Node does as it makes the error.
 */
import { callAt } from '../load/compiler.ts';
import { isCompiledFile } from './source-text.ts';

const FOUND = 'The expression evaluated to a falsy value:\n\n  ';
/** What it says where it found no expression. */
const NOT_FOUND = ' == true';

const isNeeded = Number.parseInt(process.versions.node, 10) < 22;

interface Assertion extends Error {
  code?: unknown;
  operator?: unknown;
  expected?: unknown;
}

/** Gives the error of a failed assertion its message, if Node made one. `frame` is where it was called. */
export function retellAssertion(error: Assertion, frame: NodeJS.CallSite | undefined): void {
  if (!isNeeded || error.code !== 'ERR_ASSERTION' || frame === undefined) return;
  const { message, operator, expected } = error;
  const isFound = message.startsWith(FOUND);
  if (operator !== '==' || expected !== true) return;
  if (!isFound && !message.endsWith(NOT_FOUND)) return;
  const text = expressionAt(frame, isFound);
  if (text !== null) error.message = `${FOUND}${text}\n`;
}

/** @param isCertain it is `assert` or `assert.ok`; else it may be `assert.equal`, which takes two arguments. */
function expressionAt(frame: NodeJS.CallSite, isCertain: boolean): string | null {
  const file = frame.getFileName();
  if (!file || !isCompiledFile(file)) return null;
  const [line, column] = [frame.getLineNumber() ?? 1, frame.getColumnNumber() ?? 1];
  const { findSourceMap } = process.getBuiltinModule('node:module');
  const entry = findSourceMap(file)?.findEntry(line - 1, column - 1);
  if (entry === undefined || !('originalLine' in entry)) return null;
  try {
    const { originalSource, originalLine, originalColumn } = entry;
    const path = originalSource.startsWith('file:') ? new URL(originalSource) : file;
    const lines = process.getBuiltinModule('node:fs').readFileSync(path, 'utf8').split('\n');
    const start = lines.slice(0, originalLine).join('\n').length + (originalLine > 0 ? 1 : 0);
    const call = callAt(lines.join('\n'), start + originalColumn);
    if (call === null || (!isCertain && call.arguments !== 1)) return null;
    return indented(call.text, call.start - start);
  } catch {
    // Not what it was, or no JavaScript.
    return null;
  }
}

/** The lines behind the first, as far left as it stands. */
function indented(text: string, column: number): string {
  const [first, ...others] = text.split('\n');
  const indent = new RegExp(`^[ \\t]{0,${Math.max(column, 0)}}`);
  return [first, ...others.map((line) => `  ${line.replace(indent, '')}`)].join('\n');
}
