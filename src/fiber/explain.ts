/**
 * `coppice explain`: a file's source with its yield points marked: the readable proof of what the compiler did.
 *
 * The answer is the compiler's own: its account of the text that would run (compile/account.ts), and of what it left.
 */
import { readFileSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Compiled } from './compile/compile.ts';
import type { Note } from './compile/account.ts';
import { openWorld } from './compile/world.ts';
import { compile, worldFrom } from './load/compiler.ts';
import { judge } from './load/judge.ts';
import { readLoadOptions, type LoadOptions } from './load/options.ts';
import { isTypeScript, stripTypes } from './load/strip-types.ts';

function untouched(reason: string): Compiled {
  return { code: null, reason, map: null, notes: [] };
}

function compileForNotes(path: string, written: string, options: LoadOptions): Compiled {
  // Types give way to spaces, so that all places are those of the text as it was written.
  const source = isTypeScript(path) ? stripTypes(written) : written;
  if (source === null) return untouched(WHY_NOT_STRIPPED);
  const { data, required } =
    options.world === 'open' ? { data: null, required: null } : judge([path], options);
  const world = data ? worldFrom(data) : openWorld;
  const settings = {
    id: 'explain',
    runtimeUrl: 'coppice',
    filename: pathToFileURL(path).href,
    world,
    map: false,
    notes: true,
    waitsAtTop: required?.has(path) !== true,
  };
  const first = /\.m[jt]s$/.test(path) ? 'module' : 'commonjs';
  const second = first === 'module' ? 'commonjs' : 'module';
  const compiled = compile(source, { ...settings, format: first });
  if (!isUnparsed(compiled)) return compiled;
  const other = compile(source, { ...settings, format: second });
  // Of two complaints the one about the code, and not the one that it is a module.
  return isUnparsed(other) && !compiled.reason!.includes('sourceType: module') ? compiled : other;
}

const isUnparsed = ({ reason }: Compiled): boolean => reason?.startsWith('does not parse') ?? false;

const WHY_NOT_STRIPPED =
  'this Node strips no types, or not these: take Node 22.18 or later, and types that can be erased';

const WORDS: Record<Note['kind'], string> = {
  yield: 'may yield',
  plain: 'stays plain',
  pin: 'would pin',
};

interface Place {
  line: number;
  column: number;
}

function placeOf(starts: number[], offset: number): Place {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (starts[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low, column: offset - starts[low]! };
}

function marksByLine(source: string, notes: readonly Note[]): Map<number, string[]> {
  const starts = [0];
  for (let at = 0; at < source.length; at++) if (source[at] === '\n') starts.push(at + 1);
  const marks = new Map<number, string[]>();
  const sorted = notes.toSorted((a, b) => a.start - b.start || b.end - a.end);
  for (const { start, end, kind, what } of sorted) {
    const from = placeOf(starts, start);
    const to = placeOf(starts, end);
    const length = to.line === from.line ? Math.max(to.column - from.column, 1) : 1;
    const mark = `${' '.repeat(from.column)}${'^'.repeat(length)} ${WORDS[kind]}: ${what}`;
    const line = marks.get(from.line);
    if (line) line.push(mark);
    else marks.set(from.line, [mark]);
  }
  return marks;
}

function count(notes: readonly Note[], kind: Note['kind'], one: string, many: string): string {
  const number = notes.filter((note) => note.kind === kind).length;
  return `${number} ${number === 1 ? one : many}`;
}

/**
 * Explains a file, in the light of everything that it loads.
 *
 * @param file its path.
 * @returns the source with line numbers, and below each line what the compiler makes of it.
 */
export function explain(file: string, options: LoadOptions = readLoadOptions()): string {
  const path = resolve(file);
  const source = readFileSync(path, 'utf8');
  const { notes, reason } = compileForNotes(path, source, options);
  const marks = marksByLine(source, notes);
  const lines = source.replace(/\n$/, '').split('\n');
  const width = String(lines.length).length;
  const summary = [
    count(notes, 'yield', 'yield point', 'yield points'),
    count(notes, 'plain', 'function stays plain', 'functions stay plain'),
    count(notes, 'pin', 'place would pin', 'places would pin'),
  ].join(', ');
  const output = [
    `${relative(process.cwd(), path)}: ${summary}${reason ? ` (${reason})` : ''}`,
    '',
  ];
  lines.forEach((line, index) => {
    output.push(`${String(index + 1).padStart(width)} | ${line}`);
    for (const mark of marks.get(index) ?? []) output.push(`${' '.repeat(width)} | ${mark}`);
  });
  return output.join('\n');
}
