/**
 * How a Worker that has finished a job waits for the next one: parked for a moment, and only then in its loop.
 *
 * The doorbell wakes it sooner than the loop would, and what it takes from the port by itself costs neither a turn of
 * the loop nor an event. Invariants: it parks only while its last job has left nothing running; after each job Node
 * gets its turn before the next one begins, so that what the former left behind (a rejection that ends this Worker) is
 * not the latter's; and the loop gets its turn after some milliseconds, for what it does unasked: to tell of what was
 * collected, to serve what the user keeps open by `unref()`.
 */
import { receiveMessageOnPort } from 'node:worker_threads';
import { steadyTime } from '../core/steady-time.ts';
import { Word, type Boot } from './protocol.ts';

/** How long jobs may follow each other before the loop gets its turn, in milliseconds. */
const SLICE = 5;
/** How long the next one is waited for, in milliseconds. (Timers that are due very soon make each wait dearer.) */
const PATIENCE = 10;

/** Has the loop had its turn since the last slice? */
let looped = true;

/** Takes what comes while `rests()`, for a while. */
export function takeWhileResting(
  { port, words }: Boot,
  rests: () => boolean,
  take: (wire: unknown) => void,
): void {
  if (!nodesTurn || !looped || !rests()) return;
  const end = steadyTime() + SLICE;
  do {
    nodesTurn();
    if (!rests()) break;
    // Memory order: see protocol.ts.
    const rung = Atomics.load(words, Word.DOORBELL);
    const got = receiveMessageOnPort(port);
    if (got) take(got.message);
    else if (Atomics.wait(words, Word.DOORBELL, rung, PATIENCE) === 'timed-out') break;
  } while (steadyTime() < end);
  // What has come meanwhile would be delivered before the loop turns.
  looped = false;
  setImmediate(() => {
    looped = true;
  }).unref();
}

/**
 * What Node does between two callbacks: ticks, microtasks, and the rejections that nobody handled. Nothing documented
 * does. `undefined` where Node has it no more, or warns of its use: then each job comes by way of the loop.
 */
const nodesTurn = nodesOwnTurn();

function nodesOwnTurn(): (() => void) | undefined {
  const { _tickCallback: turn } = process as { _tickCallback?: () => void };
  return turn?.name === 'runNextTicks' ? turn : undefined;
}
