/**
 * Owns how stacks of compiled code look: as they would without the compiler.
 *
 * Between two frames of the user's code on a fiber stand a native `next`, and often a piece of this package; and the
 * frames bear their twins' names. The hook that Node and V8 ask for a stack's text gets them without, and hands them on
 * to Node's own, which applies source maps. A program that puts a hook of its own in place sees the frames as they are.
 *
 * Since V8 counts all of them against `Error.stackTraceLimit`, that is raised, and the text is cut to what it was.
 */
import { TWIN_NAME } from '../core/twin.ts';
import { formatStack } from '../core/user-frames.ts';

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

function ordinary(frames: CallSite[]): CallSite[] {
  const shown: CallSite[] = [];
  for (const [index, frame] of frames.entries()) {
    if (isResuming(frame, frames[index - 1])) continue;
    // What this package itself throws says where.
    if (shown.length > 0 && isOurs(frame) && !isOurs(shown.at(-1)!)) continue;
    const twin = frame.getFunctionName();
    const name = twin === null ? undefined : TWIN_NAME.exec(twin)?.[1];
    shown.push(name === undefined ? frame : renamed(frame, twin!, name));
  }
  return shown;
}

/** Makes the stacks of this heap ordinary ones. */
export function installStackTrace(): void {
  if (typeof formatStack !== 'function') return;
  const limit = Error.stackTraceLimit;
  const raised = limit * 2 + 10;
  Error.stackTraceLimit = raised;
  Error.prepareStackTrace = (error, frames) => {
    const shown = ordinary(frames);
    const whole = Error.stackTraceLimit !== raised || frames.length > raised;
    return formatStack(error, whole ? shown : shown.slice(0, limit)) as unknown;
  };
}
