/**
 * Owns telling that a fiber was pinned: that its code had to wait the plain way, its carrier with it, because a frame
 * stood in between that cannot be set aside.
 *
 * | channel                | message                                                        |
 * | ---------------------- | -------------------------------------------------------------- |
 * | `coppice.fiber.pinned` | `{ thread, name, at, through, stack }`: before it waits        |
 *
 * `at` is the blocking call's place, `through` the frame in between; both come from the stack, whose lines Node maps
 * back to the source. The same pair is warned of once, with the code `COPPICE_PINNED`, which
 * `node --disable-warning=COPPICE_PINNED` keeps quiet.
 *
 * A frame that can be set aside is resumed by a native `next`. So from the fiber's own step on, inwards, each of them has
 * one below it, until the last: what that one called is what stood in between.
 */
import { channel } from 'node:diagnostics_channel';
import type { Definition } from '../core/definition.ts';
import { CoppiceError } from '../core/errors.ts';
import { heap, type Way } from '../core/heap.ts';
import { rawFrames } from '../core/user-frames.ts';
import { warnNow } from '../core/warn-now.ts';
import { stallKnowingly } from '../hub/stall-warning.ts';
import { currentFiber } from './fiber.ts';
import { isCompiledFile } from './runtime/source-text.ts';

/** The message of `coppice.fiber.pinned`. */
export interface Pin {
  /** The green thread, if the fiber is one; an async function's is not. */
  readonly thread: unknown;
  /** The blocking call. */
  readonly name: string;
  /** Where it stands: the function and its file, line and column. */
  readonly at: string;
  /** What stood between it and the fiber. */
  readonly through: string;
  readonly stack: string;
}

const pins = channel('coppice.fiber.pinned');
const warned = new Set<string>();
const FRAMES = 100;
/** What leaves no frame of its own on the stack. */
const NO_FRAME =
  'what the language does by itself (a pattern in another, yield*, new Set), or a name that the analysis held to be plain';
/** A property cannot be set aside, and asking for the names of a module's functions is one. */
const AWAIT = 'await one call by its name with Async before';
const own = new URL('.', import.meta.url);

/** The frames above the call, innermost first. */
function framesNow(): string[] {
  return rawFrames(FRAMES, framesNow)
    .filter((line) => line.startsWith('    at '))
    .map((line) => line.slice('    at '.length));
}

const isOurs = (frame: string): boolean =>
  frame.includes(own.href) || frame.includes(own.pathname) || frame.includes('(node:');
const isNative = (frame: string): boolean => frame.endsWith('(<anonymous>)');

function fileOf(frame: string): string {
  return (/\(([^()]*):\d+:\d+\)$/.exec(frame) ?? /^(.*):\d+:\d+$/.exec(frame))?.[1] ?? '';
}

const nameOf = (native: string): string => native.slice(0, -' (<anonymous>)'.length);

function describe(frames: string[], at: number): string {
  const frame = frames[at];
  if (frame === undefined) return NO_FRAME;
  if (isNative(frame)) return nameOf(frame);
  if (isUncompiled(frame)) return `the uncompiled code of ${frame}`;
  // One that has no twin, because nothing in it can wait but what such code calls.
  const inner = frames.slice(0, at);
  const foreign = inner.findLast(isUncompiled);
  if (foreign !== undefined) return `the uncompiled code of ${foreign}, in the call of ${frame}`;
  const builtin = inner.findLast((each) => isNative(each) && !isNext(each));
  return `${builtin === undefined ? '' : `${nameOf(builtin)} in `}the plain call of ${frame}`;
}

const isUncompiled = (frame: string): boolean =>
  !isNative(frame) && !isOurs(frame) && !isCompiledFile(fileOf(frame));

const isNext = (frame: string | undefined): boolean =>
  frame?.endsWith('.next (<anonymous>)') ?? false;

/** Where in the stack is what the last frame that could be set aside has called? */
function culprit(frames: string[]): number {
  // Where a fiber, or the first stretch of an async function, steps.
  const root = frames.findIndex(
    (frame, index) =>
      isNext(frames[index - 1]) && isOurs(frame) && /\b(?:step|begin)\d* \(/.test(frame),
  );
  let at = root - 1;
  while (isNext(frames[at])) {
    // Past it, what it resumed, and what of ours that may have called to resume the next.
    at -= 2;
    while (at >= 0 && !isNext(frames[at]) && isOurs(frames[at]!)) at--;
  }
  return at;
}

/** The package that stands in between, if it does because it is not compiled. */
const PACKAGE = /^the uncompiled code of .*[/\\]node_modules[/\\]((?:@[^/\\]+[/\\])?[^/\\]+)/;

function advice(through: string): string {
  const name = PACKAGE.exec(through.replace(/, in the call of .*/, ''))?.[1];
  const more =
    name === undefined
      ? ''
      : `coppice run --fibers --include ${name}, or COPPICE_FIBERS='{"include":["${name}"]}', compiles that as well. `;
  const still =
    heap.way.kind === 'main'
      ? 'On the main thread the whole program stands still, its own servers included. '
      : '';
  return `${still}${more}docs/where-a-fiber-pins.md of coppice says what to do; node --disable-warning=COPPICE_PINNED keeps this quiet.`;
}

function report(name: string, where = '', reason?: string): Pin {
  const all = framesNow();
  const frames = all.filter((frame) => !isOurs(frame));
  const at = frames.find((frame) => !isNative(frame)) ?? 'an unknown place';
  const through = reason ?? describe(all, culprit(all));
  const pin: Pin = { thread: heap.currentThread(), name, at, through, stack: frames.join('\n') };
  if (pins.hasSubscribers) pins.publish(pin);
  const place = `${at}|${through}|${where}`;
  if (warned.has(place)) return pin;
  warned.add(place);
  warnNow(
    `${name}() blocks all fibers of its thread: between it and its fiber stands ${through}.${where} Called at ${at}`,
    'COPPICE_PINNED',
    advice(through),
  );
  return pin;
}

/** On the main thread the module's functions are performed in synckit's worker then, which loads it for itself. */
function otherInstance({ module }: Definition): string {
  return module === undefined || heap.way.kind !== 'main'
    ? ''
    : ` It is performed there by another instance of ${module}, which shares no variables with the hub's.`;
}

/** What only the loop could complete that this would block. */
function forEver({ name, through }: Pin): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_PINNED_MAIN',
    `${name}() cannot wait here: between it and its fiber stands ${through}, and only the loop that it would block ` +
      'could complete it. For a sequence use for...of or [...sequence]; docs/where-a-fiber-pins.md says what to do for all others.',
  );
}

/** It is a fiber that would wait, and others would have run meanwhile. */
const pinned = (): boolean => currentFiber() !== null && heap.mayPark?.() !== true;

/** Watches this heap's plain way of waiting for fibers that have to take it. */
export function watchForPins(): void {
  const way = heap.way as { -readonly [K in keyof Way]: Way[K] };
  const { perform, park } = way;
  way.perform = (definition, args, options) => {
    const work = (): unknown => perform.call(way, definition, args, options);
    if (!pinned() || definition.uninterrupted === true) return work();
    const module = definition.loads?.(args);
    const pin =
      module === undefined
        ? report(definition.name, otherInstance(definition))
        : report('blocking', '', `the first use of ${module}, which is loaded for it: ${AWAIT}`);
    if (definition.hubOnly && way.kind === 'main') throw forEver(pin);
    return stallKnowingly(work);
  };
  way.park = (ms, options) => {
    const work = (): boolean => park.call(way, ms, options);
    if (ms <= 0 || !pinned()) return work();
    report('sleep');
    return stallKnowingly(work);
  };
}
