/**
 * How to ask where a suspended fiber stands.
 */
import { userFrames } from './user-frames.ts';

/**
 * Thrown into a suspended fiber whose wait was `yielded` by itself: that catches it, innermost of all, while the
 * fiber's frames are on the stack, and is yielded again. The fiber's own code sees nothing of it.
 */
export class Probe {
  /** The frames of the user's code. */
  frames = '';
  /** How many frames lie below the fiber's: those of the one who asks. */
  readonly #base: number;

  constructor(base: number) {
    this.#base = base;
  }

  /** Notes the present stack. */
  take(): void {
    this.frames = userFrames(this.#base);
  }
}
