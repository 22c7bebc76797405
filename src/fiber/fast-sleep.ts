/**
 * Gives `sleep` its fiber form: no call record, no closure, no timer of Node's. Anything out of the ordinary (a
 * limit, a virtual clock) takes the general twin.
 */
import { clock, systemClock } from '../core/clock.ts';
import { checkMilliseconds } from '../core/errors.ts';
import { setTwin, twinOf } from '../core/twin.ts';
import { sleep } from '../io/sleep.ts';
import { Nap } from './nap.ts';

/** Replaces sleep's twin. Once per heap. */
export function installFastSleep(): void {
  const general = twinOf(sleep);
  setTwin(sleep, function* (this: unknown, ...args: unknown[]) {
    const [ms, options] = args;
    if ((options !== undefined && options !== null) || clock() !== systemClock) {
      return yield* Reflect.apply(general, this, args);
    }
    const time = checkMilliseconds(ms, 'sleep()');
    if (time === Infinity) return yield* Reflect.apply(general, this, args);
    return yield new Nap(time);
  });
}
