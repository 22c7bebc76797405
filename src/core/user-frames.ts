/**
 * Where the user's code stands, for reports of who is blocked.
 */

import { TWIN_NAME } from './twin.ts';

/** What makes a stack's text of its frames: Node's own, which applies source maps. */
export const formatStack = Error.prepareStackTrace;

const own = new URL('.', import.meta.url);

/** More than this nobody reads. */
const LIMIT = 200;

/** How many frames there are now, the caller's included. */
export function frameCount(): number {
  return rawFrames(LIMIT, frameCount).length;
}

/**
 * The present stack without the frames of this package and of Node.
 *
 * @param base leaves so many out at the bottom.
 */
export function userFrames(base = 0): string {
  const all = rawFrames(LIMIT, userFrames);
  return all
    .slice(0, Math.max(0, all.length - base))
    .filter((frame) => !isOurs(frame))
    .join('\n');
}

/** The frames of an error that was made earlier, without those of this package and of Node. */
export function userFramesOf({ stack = '' }: Error): string {
  const lines = stack.split('\n').slice(1);
  return lines.filter((frame) => !isOurs(frame)).join('\n');
}

/** A stack without what lies below the user's code: how Node and this package came to call it. */
export function withoutCallers(stack: string): string {
  const lines = stack.split('\n');
  let end = lines.length;
  while (isFrame(lines[end - 1] ?? '') && isOurs(lines[end - 1] as string)) end--;
  // An error of ours, from where none of the user's code stands, has no others.
  return isFrame(lines[end - 1] ?? '') ? lines.slice(0, end).join('\n') : stack;
}

/** A stack without what lies above the user's code; whole where none of that stands in it. */
export function fromUsersCode(stack: string): string {
  const lines = stack.split('\n');
  const first = lines.findIndex(isFrame);
  const users = lines.findIndex((line, index) => index >= first && isFrame(line) && !isOurs(line));
  if (users === -1) return stack;
  return [...lines.slice(0, first), ...lines.slice(users)].join('\n');
}

const isFrame = (line: string): boolean => /^\s+at /.test(line);

/** The user's of these frames; all of them when none is. */
export function usersOf(frames: string): string {
  const users = usersAmong(frames.split('\n'));
  return users.length > 0 ? users.join('\n') : frames;
}

/** The user's of these frames. */
export function usersAmong(frames: readonly string[]): string[] {
  return frames.filter((frame) => !isOurs(frame));
}

/** All the present frames, as `framesOf` gives them. */
export function rawFrames(limit: number, below: (...args: never[]) => unknown): string[] {
  return framesOf(captured(limit, below));
}

/** The present stack, whose text is made when somebody asks for it. */
export interface Captured {
  readonly stack?: string;
}

/** Takes the present stack, from below a function on. Its frames are read by `framesOf`. */
export function captured(limit: number, below: (...args: never[]) => unknown): Captured {
  const holder: Captured = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = limit;
  Error.captureStackTrace(holder, below);
  Error.stackTraceLimit = stackTraceLimit;
  return holder;
}

/** All the frames, by the names that the user gave; no hook of anybody's shows them otherwise. */
export function framesOf(holder: Captured): string[] {
  const { prepareStackTrace } = Error;
  Error.prepareStackTrace = formatStack;
  const { stack } = holder;
  Error.prepareStackTrace = prepareStackTrace;
  const lines = stack?.split('\n').slice(1) ?? [];
  return lines.map((line) => line.replace(TWIN_NAME, '$1'));
}

/** Not the user's: this package's, or Node's. */
function isOurs(frame: string): boolean {
  // Generators, as they are driven, stand in between.
  const driven = /\.(?:next|throw) \(<anonymous>\)$/.test(frame);
  return (
    driven || frame.includes(own.href) || frame.includes(own.pathname) || frame.includes('node:')
  );
}
