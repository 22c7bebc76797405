/**
 * Notices that a Worker has stalled: its loop has nothing left to do, so what its async code awaits comes from the hub or
 * never. Code that parks tells the hub by its call that it is blocked. Async code does not: it may await a timer or a
 * socket of its Worker as well, and of those only Node knows.
 *
 * So when nothing has come or gone on the port for a while, the port lets go of the loop, and Node emits 'beforeExit' as
 * soon as nothing else is left. That is no exit, and the program's own listeners do not hear of it.
 *
 * Invariants: a stall that was told of lasts until something comes from the hub or goes there, on both sides; the notice
 * says how many messages had come, so that the hub takes no notice of one that another message has crossed. As long as a
 * time limit runs nothing is told, but looked for again: the limit's timer alone does not keep the loop.
 */
import type { MessagePort } from 'node:worker_threads';

/** For how long nothing has to come or go, in milliseconds. Looking costs a turn of the loop, so none looks for less. */
const QUIET = 50;

export interface Stallable {
  /** Has this Worker a loop to keep alive? */
  keepsLoop(): boolean;
  /** Is there async code under way that waits for something? */
  waits(): boolean;
  /** Tells the hub, or ends the job. @returns `false` when a time limit will end the wait. */
  stalled(heard: number): boolean;
}

export class Stall {
  readonly #port: MessagePort;
  readonly #of: Stallable;
  /**
   * - `turns`: the port keeps the loop, as long as something needs it.
   * - `asks`: the port has let go of it, so that Node tells when it is empty.
   * - `stalled`: it was, and the hub knows.
   */
  #state: 'turns' | 'asks' | 'stalled' = 'turns';
  #kept = true;
  #armed = false;
  /** How many messages of the hub have come that may have let something go on. */
  #heard = 0;
  /** How often something has come or gone, and how often it had when the last look was planned. */
  #moves = 0;
  #movesThen = 0;

  constructor(port: MessagePort, of: Stallable) {
    this.#port = port;
    this.#of = of;
    const { emit } = process;
    const emitUnlessStalled = (event: string, ...args: unknown[]): boolean =>
      (event === 'beforeExit' && this.#emptied()) ||
      (Reflect.apply(emit, process, [event, ...args]) as boolean);
    Object.defineProperty(process, 'emit', {
      value: emitUnlessStalled,
      writable: true,
      configurable: true,
    });
  }

  /** Something has come from the hub. */
  heard(): void {
    this.#heard = (this.#heard + 1) | 0;
    this.moved();
  }

  /** Something has gone to the hub, or async code has begun to wait. */
  moved(): void {
    this.#moves++;
    if (this.#state !== 'turns') {
      this.#state = 'turns';
      this.update();
    }
    this.#planLook();
  }

  /** The run is over. */
  ended(): void {
    this.#state = 'turns';
    this.update();
  }

  /** Lets the port keep the loop, or not. */
  update(): void {
    const keep = this.#state !== 'asks' && this.#of.keepsLoop();
    if (keep === this.#kept) return;
    this.#kept = keep;
    if (keep) this.#port.ref();
    else this.#port.unref();
  }

  #planLook(): void {
    if (this.#armed || !this.#of.waits()) return;
    this.#armed = true;
    this.#movesThen = this.#moves;
    setTimeout(() => this.#look(), QUIET).unref();
  }

  #look(): void {
    this.#armed = false;
    if (this.#state !== 'turns' || !this.#of.waits()) return;
    if (this.#moves !== this.#movesThen) this.#planLook();
    else {
      this.#state = 'asks';
      this.update();
    }
  }

  /** The loop is empty. @returns does this Worker stay all the same? */
  #emptied(): boolean {
    if (this.#state !== 'asks') return false;
    this.#state = 'stalled';
    this.update();
    if (this.#of.waits() && !this.#of.stalled(this.#heard)) {
      this.#state = 'turns';
      this.#planLook();
    }
    return this.#kept;
  }
}
