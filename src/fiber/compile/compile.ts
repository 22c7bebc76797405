/**
 * Owns the compiler's door: a file's text in, its compiled text and source map out.
 *
 * It never refuses: what it cannot parse, or what it must not touch, comes back as `null` with the reason, and
 * the caller loads the original, whose blocking calls then pin.
 */
import { Account, type Note } from './account.ts';
import { keepBodies } from './budget.ts';
import { childrenOf, directiveCount, parseSource, type Node, type SourceFormat } from './ast.ts';
import { Lines } from './edited-text.ts';
import { Frame, type Block, type Mode } from './frame.ts';
import { notePins } from './pins.ts';
import { survey } from './survey.ts';
import { Unit } from './unit.ts';
import { openWorld, type World } from './world.ts';
import { canKeepBody } from './write-functions.ts';
import { install, writeProgram } from './write.ts';

export interface CompileOptions {
  format: SourceFormat;
  /** Names the file towards the runtime (Function.prototype.toString asks for its text by it). */
  id: string;
  /** Where compiled ES modules import the runtime from. */
  runtimeUrl: string;
  filename?: string;
  world?: World;
  /** What `parseSource` gives for the text and the format, if somebody has it already. */
  tree?: Node;
  /** Whether a source map is made; it is, if not said otherwise. */
  map?: boolean;
  /**
   * Whether each function is written once, as its twin, which every caller has to drive: then all lines stay where they
   * were, and a debugger's breakpoints with them.
   */
  once?: boolean;
  /** Whether an ES module may wait at its top, by a top-level `await`; not if somebody is to require it. */
  waitsAtTop?: boolean;
  /** Whether to note what becomes of each function and site, for `explain`. */
  notes?: boolean;
}

export interface Compiled {
  code: string | null;
  /** Why `code` is null. */
  reason: string | null;
  map: string | null;
  notes: Note[];
}

const untouched = (reason: string, notes: Note[] = []): Compiled => ({
  code: null,
  reason,
  map: null,
  notes,
});

export function compile(source: string, options: CompileOptions): Compiled {
  let program = options.tree;
  try {
    program ??= parseSource(source, options.format);
  } catch (error) {
    return untouched(`does not parse: ${(error as Error).message}`);
  }
  const { format, id, world = openWorld, notes = false } = options;
  const isModule = format === 'module';
  const surveyed = survey(program, source, world, isModule);
  const keepsLines = options.once === true;
  const account = notes ? new Account() : null;
  const unit = new Unit(source, surveyed, { format, world, id, account, keepsLines });
  const noted = (): Note[] => {
    if (account) notePins(program, unit, account);
    return account?.notes ?? [];
  };
  const { program: top } = surveyed;
  if (!top.blocks && !top.edited) return untouched('nothing in it can block', noted());
  install(unit);
  keepBodies(surveyed, source.length, keepsLines ? () => false : canKeepBody);
  const statements = program['body'] as Node[];
  const directives = directiveCount(statements);
  const start = source.startsWith('#!') ? endOfLine(source) : 0;
  const at = directives > 0 ? statements[directives - 1]!.end : start;
  const block: Block = { at, lead: '', declarations: [] };
  const maySuspend = !isModule || options.waitsAtTop !== false;
  const suspends = top.blocks && top.plainBecause === null && maySuspend;
  const mode: Mode = suspends ? (isModule ? 'async' : 'twin') : 'plain';
  const frame = new Frame(unit, top, mode, null, block);
  if (isModule) frame.thisText = '(void 0)';
  writeProgram(program, frame);
  if (unit.edits === 0) return untouched('nothing in it can block', noted());
  const tail = finishFile(unit, frame, options, { start, suspends });
  const mapped = options.map === false ? null : { source: options.filename ?? options.id };
  const lines = keepsLines ? new Lines(source, textsIn(program)) : null;
  const rendered = unit.copies.render(unit.text, tail, mapped, lines);
  return { ...rendered, reason: null, notes: noted() };
}

/** The parts of template literals that are text. */
function textsIn(node: Node): Node[] {
  return node.type === 'TemplateElement' ? [node] : childrenOf(node).flatMap(textsIn);
}

interface FileShape {
  start: number;
  suspends: boolean;
}

function endOfLine(source: string): number {
  const at = source.indexOf('\n');
  return at < 0 ? source.length : at + 1;
}

/** Writes what a file needs around it. Returns what stands behind all else. */
function finishFile(unit: Unit, frame: Frame, options: CompileOptions, shape: FileShape): string {
  const { text, source, format } = unit;
  const require =
    format === 'commonjs' && source.includes('require') ? `${unit.h('rq')}(require,module);` : '';
  const cjs = shape.suspends && format === 'commonjs' ? unit.h('cjs') : '';
  // Texts that were made on the way (stripped types, other hooks) are not what lies in the file.
  const fromFile = /^file:.*\.[cm]?js$/.test(options.filename ?? '');
  const known = options.filename?.startsWith('file:')
    ? `${unit.h('src')}(${fromFile ? JSON.stringify(unit.id) : null},${JSON.stringify(options.filename)});`
    : '';
  const hoisted = unit.hoisted.join('');
  if (format === 'module') {
    const prologue = `import{${unit.bindings(' as ')}}from${JSON.stringify(options.runtimeUrl)};${known}`;
    text.appendLeft(frame.block.at, frame.block.lead + prologue);
    return hoisted;
  }
  const prologue = `const {${unit.bindings(':')}}=globalThis[Symbol.for("coppice.fiber")];`;
  if (!shape.suspends) {
    // A directive may be ended by nothing but its line break.
    const ended = frame.block.at === shape.start ? '' : ';';
    text.appendLeft(frame.block.at, ended + prologue + known + require + frame.block.lead);
    return hoisted;
  }
  // A CommonJS file is a function's body; as a generator's it can be suspended while it loads.
  // Without directives both stand at the same place, and the declarations belong inside.
  const inside = frame.block.at === shape.start ? frame.block.lead : '';
  if (inside === '') text.appendLeft(frame.block.at, frame.block.lead);
  text.prependRight(
    shape.start,
    `${prologue}${known}${require}return ${cjs}(arguments,(function*(exports,require,module,__filename,__dirname){${inside}`,
  );
  return `${hoisted}}).apply(this,arguments));`;
}
