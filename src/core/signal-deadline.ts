/**
 * When the signals of `AbortSignal.timeout()` will be aborted. While a heap is blocked its loop does not turn, so such a
 * signal cannot fire there by itself; its deadline is noted when it is made, and who blocks observes it.
 */
import { steadyTime } from './steady-time.ts';

const deadlines = new WeakMap<AbortSignal, number>();

/** When the signal will be aborted, on `steadyTime()`, if that is known. */
export function signalDeadline(signal: AbortSignal): number | undefined {
  return deadlines.get(signal);
}

/** What such a signal is aborted with. */
export function signalTimeoutError(): DOMException {
  return new DOMException('The operation was aborted due to timeout', 'TimeoutError');
}

/** Notes the deadlines of all timeout signals that are made from now on in this heap. */
export function noteSignalDeadlines(): void {
  const { timeout, any } = AbortSignal;
  AbortSignal.timeout = function (ms: number): AbortSignal {
    const signal = timeout.call(this, ms);
    deadlines.set(signal, steadyTime() + ms);
    return signal;
  };
  AbortSignal.any = function (signals: AbortSignal[]): AbortSignal {
    const list = [...signals];
    const signal = any.call(this, list);
    const earliest = Math.min(...list.map((each) => deadlines.get(each) ?? Infinity));
    if (earliest < Infinity) deadlines.set(signal, earliest);
    return signal;
  };
}
