/**
 * Keeps the hub's loop turning for a moment after it has answered a call, so that the caller's next one need not wake
 * the main thread out of the kernel.
 *
 * Between two turns the loop looks at all its events as usual: timers and I/O are served as ever. What it costs is at
 * most LINGER milliseconds of a core after the last of a row of calls. That core must be idle: it is not done when as
 * many Workers are awake as there are cores, and seldom when no call followed the last few times.
 */
import { availableParallelism } from 'node:os';
import { steadyTime } from '../core/steady-time.ts';

/** In milliseconds. */
const LINGER = 0.05;
/** After so many times in a row in vain, only one in PROBE finds out whether it would pay again. */
const PATIENCE = 4;
const PROBE = 32;

const cores = availableParallelism();
let until = 0;
let turning = false;
let followed = false;
let vain = 0;

/** A blocking call was answered while so many Workers were awake; its caller is about to be, if it is not. */
export function linger(awake: number): void {
  if (turning) {
    until = steadyTime() + LINGER;
    followed = true;
    return;
  }
  if (Math.max(awake, 1) >= cores || (vain > PATIENCE && ++vain % PROBE !== 0)) return;
  until = steadyTime() + LINGER;
  turning = true;
  followed = false;
  setImmediate(turn);
}

function turn(): void {
  if (steadyTime() < until) {
    setImmediate(turn);
    return;
  }
  turning = false;
  vain = followed ? 0 : vain + 1;
}
