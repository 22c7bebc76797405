/**
 * Owns how stacks of compiled code look: as they would without the compiler.
 *
 * Between two frames of the user's code on a fiber stand a native `next`, and often a piece of this package; and the
 * frames bear their twins' names. The hook that Node and V8 ask for a stack's text gets them without, and writes them as V8
 * does, at the places that the compiler's map tells. Where the user wants source maps Node's own hook writes them, since
 * it writes them otherwise. A program that puts a hook of its own in place sees the frames as they are.
 *
 * Since V8 counts all of them against `Error.stackTraceLimit`, that is raised, and the text is cut to what it was.
 * `Error.captureStackTrace(error, below)` leaves out what stands above a function, which V8 does not find where the
 * function's twin runs in its place, and would give no frame at all: it is told the twin.
 */
import { CoppiceError } from '../core/errors.ts';
import { BUILTIN_TWIN, TWIN_NAME } from '../core/twin.ts';
import { formatStack } from '../core/user-frames.ts';
import { retellAssertion } from './runtime/assertion-text.ts';
import { retakeStacksBy, runsInstead } from './runtime/construct.ts';
import { isCompiledFile } from './runtime/source-text.ts';

type CallSite = NodeJS.CallSite;

const own = new URL('.', import.meta.url);
/** What the compiler calls a class without a name. */
const COMPILERS_NAME = /\$c\d+(?![\w$])/;
const RESUMING = new Set(['next', 'throw', 'return']);

const isOurs = (frame: CallSite): boolean => {
  const file = frame.getFileName() ?? '';
  return file.startsWith(own.href) || file.startsWith(own.pathname);
};

/** A native frame that resumes one of our generators, not one of the user's. */
function isResuming(frame: CallSite, inner: CallSite | undefined): boolean {
  if (frame.getFileName() || !RESUMING.has(frame.getFunctionName() ?? '')) return false;
  const type = frame.getTypeName() ?? '';
  return type === 'Generator' || TWIN_NAME.test(type) || (inner !== undefined && isOurs(inner));
}

/** A frame that says other things; all else is its own. */
function retold(frame: CallSite, told: Record<string, unknown>): CallSite {
  return new Proxy(frame, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(told, key)) return () => told[key];
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

/** What V8 calls what it has no name for, instead of the compiler's names. */
const named = (type: string | null): string | null =>
  type !== null && COMPILERS_NAME.test(type) ? 'Object' : type;

/** What V8 calls what runs the values of fields, between these: `<instance_members_initializer>`. */
const FIELDS = 'instance_members_initializer';

/** A twin's frame, as that of the function that it stands for. */
function renamed(frame: CallSite, name: string): CallSite {
  const type = named(frame.isToplevel() ? null : frame.getTypeName());
  const isMade = type !== null && (name === 'constructor' || name === type);
  const prefix = type === null ? '' : `${type}.`;
  const called = isMade ? `new ${type === 'Object' ? '<anonymous>' : type}` : `${prefix}${name}`;
  const shown = name === FIELDS ? `<${FIELDS}>` : called;
  return retold(frame, {
    getFunctionName: isMade ? type : name,
    getMethodName: isMade || type === null ? null : name,
    getTypeName: isMade ? null : type,
    isConstructor: isMade,
    toString: String(frame).replace(/^(async )?.*?(?= \()/, (_, async = '') => `${async}${shown}`),
  });
}

/** The frame of a built-in whose twin ran. */
function native(frame: CallSite, name: string): CallSite {
  return retold(frame, {
    getFunctionName: name,
    getFileName: undefined,
    isNative: true,
    toString: `${frame.getTypeName()}.${name} (<anonymous>)`,
  });
}

function ordinary(error: unknown, frames: CallSite[]): CallSite[] {
  const shown: CallSite[] = [];
  // An error of this package says where it was thrown. Any other that is thrown here stands for one of V8's.
  const saysWhere = error instanceof CoppiceError;
  for (const [index, frame] of frames.entries()) {
    if (isResuming(frame, frames[index - 1])) continue;
    const inner = shown.at(-1);
    const twin = frame.getFunctionName();
    if (twin?.startsWith(BUILTIN_TWIN)) {
      const name = twin.slice(BUILTIN_TWIN.length);
      // Without a callback that has a twin, the built-in itself ran.
      if (inner !== undefined && inner.getFunctionName() !== name) shown.push(native(frame, name));
      continue;
    }
    if (isOurs(frame) && !(saysWhere && (inner === undefined || isOurs(inner)))) continue;
    const name = twin === null ? undefined : TWIN_NAME.exec(twin)?.[1];
    shown.push(name === undefined ? frame : renamed(frame, name));
  }
  return shown.length > 0 ? shown : frames;
}

/** A place as it stands in a frame's text. */
const PLACE = /((?:file:\/\/)?\/[^:()]+):(\d+):(\d+)/g;

/** A frame's text, with the places of compiled code (also where an `eval` stands) where they are in the source. */
function textOf(frame: CallSite): string {
  const text = String(frame).replace(TWIN_NAME, '$1').replace(COMPILERS_NAME, '<anonymous>');
  return text.replace(PLACE, (place, file: string, line: string, column: string) => {
    if (!isCompiledFile(file)) return place;
    const map = process.getBuiltinModule('node:module').findSourceMap(file);
    const entry = map?.findEntry(Number(line) - 1, Number(column) - 1);
    if (entry === undefined || !('originalLine' in entry)) return place;
    return `${file}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
  });
}

/** What the hook says. */
function format(error: Error, frames: CallSite[]): unknown {
  const texts = frames.map((frame) => `\n    at ${textOf(frame)}`);
  return `${formatStack!(error, []) as string}${texts.join('')}`;
}

type Below = (...args: never[]) => unknown;

const nativeCapture = Error.captureStackTrace;

/** How many frames stand below it: none, if it is not on the stack. */
function framesBelow(below: Below): number {
  const holder: { stack?: unknown } = {};
  const { stackTraceLimit, prepareStackTrace } = Error;
  Error.stackTraceLimit = Infinity;
  Error.prepareStackTrace = (_error, frames) => frames.length;
  nativeCapture(holder, below);
  const count = holder.stack as number;
  Error.stackTraceLimit = stackTraceLimit;
  Error.prepareStackTrace = prepareStackTrace;
  return count;
}

/** What of `below` is on the stack, the innermost: itself, its twin, or, for a class, what constructs in its name. */
function standing(below: Below): Below {
  let found = below;
  let most = 0;
  for (let at: unknown = below; typeof at === 'function' && most === 0; at = parentOf(at)) {
    for (const candidate of [at as Below, runsInstead(at) as Below | null]) {
      const frames = candidate === null ? 0 : framesBelow(candidate);
      if (frames > most) [found, most] = [candidate!, frames];
    }
  }
  return found;
}

const parentOf = (target: object): unknown => Object.getPrototypeOf(target);

function hasTwin(below: unknown): below is Below {
  for (let at = below; typeof at === 'function'; at = parentOf(at)) {
    if (runsInstead(at) !== null) return true;
  }
  return false;
}

function installCapture(): void {
  function capture(target: object, below?: Below): void {
    nativeCapture(target, hasTwin(below) ? standing(below) : (below ?? capture));
  }
  // Bound, so that its text is that of a native function.
  const value = Object.defineProperty(capture.bind(null), 'name', {
    value: nativeCapture.name,
  });
  Object.defineProperty(Error, 'captureStackTrace', { value, writable: true, configurable: true });
  retakeStacksBy((error, newTarget) => {
    // As V8 would have taken it, whatever the class does with stacks.
    if (!Object.hasOwn(error, 'stack')) return;
    const twin = runsInstead(newTarget);
    const isHere = twin !== null && framesBelow(twin) > 0;
    nativeCapture(error, isHere ? twin : standing(newTarget as unknown as Below));
  });
}

/** Makes the stacks of this heap ordinary ones. */
export function installStackTrace(): void {
  if (typeof formatStack !== 'function') return;
  installCapture();
  // Before the compiler turns them on for itself.
  const wantsMaps = process.sourceMapsEnabled;
  const limit = Error.stackTraceLimit;
  const raised = limit * 2 + 10;
  Error.stackTraceLimit = raised;
  Error.prepareStackTrace = (error, frames) => {
    const shown = ordinary(error, frames);
    retellAssertion(error, shown[0]);
    const whole = Error.stackTraceLimit !== raised || frames.length > raised;
    const kept = whole ? shown : shown.slice(0, limit);
    return wantsMaps ? (formatStack!(error, kept) as unknown) : format(error, kept);
  };
}
