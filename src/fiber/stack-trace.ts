/**
 * Owns how stacks of compiled code look: as they would without the compiler.
 *
 * Between two frames of the user's code on a fiber stand a native `next`, and often a piece of this package; and the
 * frames bear their twins' names. The hook that Node and V8 ask for a stack's text gets them without, and hands them on
 * to Node's own, which applies source maps. A program that puts a hook of its own in place sees the frames as they are.
 *
 * Since V8 counts all of them against `Error.stackTraceLimit`, that is raised, and the text is cut to what it was.
 * `Error.captureStackTrace(error, below)` leaves out what stands above a function, which V8 does not find where the
 * function's twin runs in its place, and would give no frame at all: it is told the twin.
 */
import { TWIN_NAME } from '../core/twin.ts';
import { formatStack } from '../core/user-frames.ts';
import { runsInstead } from './runtime/construct.ts';
import { isLanguageError } from './runtime/language-errors.ts';

type CallSite = NodeJS.CallSite;

const own = new URL('.', import.meta.url);
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

/** A frame that says another name; all else is its own. */
function renamed(frame: CallSite, twin: string, name: string): CallSite {
  const made = name === 'constructor' ? frame.getTypeName() : null;
  const shown = new Map<PropertyKey, () => unknown>([
    ['getFunctionName', () => made ?? name],
    ['getMethodName', () => (made === null ? name : null)],
    ['toString', () => String(frame).replace(twin, () => name)],
  ]);
  if (made !== null) {
    shown.set('getTypeName', () => null);
    shown.set('isConstructor', () => true);
    shown.set('toString', () => String(frame).replace(/^[^(]*/, () => `new ${made} `));
  }
  return new Proxy(frame, {
    get(target, key) {
      const other = shown.get(key);
      if (other) return other;
      const value: unknown = Reflect.get(target, key);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function ordinary(error: unknown, frames: CallSite[]): CallSite[] {
  const shown: CallSite[] = [];
  const forLanguage = isLanguageError(error);
  for (const [index, frame] of frames.entries()) {
    if (isResuming(frame, frames[index - 1])) continue;
    if (forLanguage && shown.length === 0 && (isOurs(frame) || !frame.getFileName())) continue;
    // What this package itself throws says where.
    if (shown.length > 0 && isOurs(frame) && !isOurs(shown.at(-1)!)) continue;
    const twin = frame.getFunctionName();
    const name = twin === null ? undefined : TWIN_NAME.exec(twin)?.[1];
    shown.push(name === undefined ? frame : renamed(frame, twin!, name));
  }
  return shown;
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
}

/** Makes the stacks of this heap ordinary ones. */
export function installStackTrace(): void {
  if (typeof formatStack !== 'function') return;
  installCapture();
  const limit = Error.stackTraceLimit;
  const raised = limit * 2 + 10;
  Error.stackTraceLimit = raised;
  Error.prepareStackTrace = (error, frames) => {
    const shown = ordinary(error, frames);
    const whole = Error.stackTraceLimit !== raised || frames.length > raised;
    return formatStack(error, whole ? shown : shown.slice(0, limit)) as unknown;
  };
}
