/**
 * The state of a `Barrier`, at the hub; see barrier.ts for its rules.
 */
import { CoppiceError } from '../core/errors.ts';
import { WaitQueue } from '../core/wait-queue.ts';
import type { Wait } from '../core/wait.ts';

export class BarrierCore {
  readonly waiters: WaitQueue<number>;
  readonly parties: number;
  broken = false;

  constructor(parties: number) {
    this.parties = parties;
    this.waiters = new WaitQueue({ what: `the others at a Barrier of ${parties}` });
  }

  wait(): number | Wait<number> {
    if (this.broken) throw broken();
    if (this.waiters.size < this.parties - 1) return this.waiters.wait(undefined);
    // Those who came keep the order in which they did; the last one is the caller.
    const round = this.waiters.size;
    for (let index = 0; index < round; index++) this.waiters.take()?.wake(index);
    return this.parties - 1;
  }

  abort(): void {
    this.broken = true;
    this.waiters.failAll(broken());
  }
}

function broken(): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_BROKEN_BARRIER',
    'The Barrier was aborted, so not all will come. Call reset() to use it again.',
  );
}
