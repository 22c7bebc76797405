/**
 * Owns whose turn it is at a generator that several fibers share.
 *
 * A plain `next()` is over before anybody else can call it. Here a step may wait, and another `next()` would go on behind
 * that wait, with nothing in place of what was waited for. So who comes while a step waits stands in line, and gets a turn
 * in the order of the calls, as in the plain program. A generator that comes upon itself while its step runs is told what
 * the language says of that.
 *
 * Not so for `yield*`: the language itself steps what it delegates to, and who else steps that is not kept from it.
 *
 * Invariant: `turns` holds a generator from the first wait of a step to the end of that step, and on as long as others
 * stand in line: whoever is next is given the turn at once, and nobody comes between. One given to who is ended
 * by force goes on to the next.
 */
import { WaitQueue } from '../../core/wait-queue.ts';

interface Turn {
  /** Made for the first who stands in line. */
  queue: WaitQueue<void> | null;
  /** Does its step run right now? Else it waits, or who was given the turn has yet to take it. */
  running: boolean;
}

const turns = new WeakMap<Generator, Turn>();
/** How many generators are in `turns`: mostly none has to be looked for. */
let count = 0;

const turnOf = (raw: Generator): Turn | undefined => (count === 0 ? undefined : turns.get(raw));

const alreadyRunning = (): TypeError => new TypeError('Generator is already running');

/** Must whoever would step it now come to `takeTurn` first? */
export function isShared(raw: Generator): boolean {
  return turnOf(raw) !== undefined;
}

/** Who cannot stand in line, as no plain code can, is told. */
export function checkTurn(raw: Generator): void {
  if (turnOf(raw)?.running === false) throw alreadyRunning();
}

/** Stands in line; then the turn is the caller's, to be ended by `endTurn`. */
export function* takeTurn(raw: Generator): Generator<unknown, void> {
  const turn = turns.get(raw)!;
  if (turn.running) throw alreadyRunning();
  turn.queue ??= new WaitQueue<void>('its turn at a generator');
  yield* turn.queue.wait(undefined).undoneBy(() => giveTurn(raw, turn), raw);
  turn.running = true;
}

/** The step is about to wait. */
export function pauseTurn(raw: Generator): void {
  const turn = turnOf(raw);
  if (turn !== undefined) turn.running = false;
  else {
    count++;
    turns.set(raw, { queue: null, running: false });
  }
}

/** It goes on. */
export function resumeTurn(raw: Generator): void {
  turns.get(raw)!.running = true;
}

/** The step is over. */
export function endTurn(raw: Generator): void {
  const turn = turnOf(raw);
  if (turn !== undefined) giveTurn(raw, turn);
}

function giveTurn(raw: Generator, turn: Turn): void {
  turn.running = false;
  if (turn.queue?.wakeOne(undefined)) return;
  turns.delete(raw);
  count--;
}
