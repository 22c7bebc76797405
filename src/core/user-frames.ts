/**
 * Where the user's code stands, for reports of who is blocked.
 */
const own = new URL('.', import.meta.url);

/** More than this nobody reads. */
const LIMIT = 200;

/** How many frames there are now, the caller's included. */
export function frameCount(): number {
  return frames(frameCount).length;
}

/**
 * The present stack without the frames of this package and of Node.
 *
 * @param base leaves so many out at the bottom.
 */
export function userFrames(base = 0): string {
  const all = frames(userFrames);
  return all
    .slice(0, Math.max(0, all.length - base))
    .filter((frame) => !isOurs(frame))
    .join('\n');
}

function frames(below: (...args: never[]) => unknown): string[] {
  const holder: { stack?: string } = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = LIMIT;
  Error.captureStackTrace(holder, below);
  Error.stackTraceLimit = stackTraceLimit;
  return holder.stack?.split('\n').slice(1) ?? [];
}

function isOurs(frame: string): boolean {
  // Generators, as they are driven, stand in between.
  const driven = /\.(?:next|throw) \(<anonymous>\)$/.test(frame);
  return (
    driven || frame.includes(own.href) || frame.includes(own.pathname) || frame.includes('node:')
  );
}
