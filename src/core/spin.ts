/**
 * Looking again and again for a short while before parking: with a core to spare, that is cheaper than a futex sleep and
 * wake.
 *
 * Adaptive: it doubles when it paid and shrinks when it did not. One failure must not unlearn at once what many
 * successes taught; a few in a row do. Where two threads share a core every look only keeps the other one from doing
 * what is waited for, so it has to shrink to nearly nothing.
 */
export class Spin {
  readonly #most: number;
  readonly #least: number;
  readonly #probe: number;
  #looks: number;
  #inVain = 0;

  /**
   * @param most how often it looks at most.
   * @param least how often it looks when that has not paid for long.
   * @param probe after so many times in a row in vain, a long one finds out whether it would pay again.
   */
  constructor(most: number, least: number, probe: number) {
    this.#most = this.#looks = most;
    this.#least = least;
    this.#probe = probe;
  }

  /** @returns did `attempt` succeed? */
  until(attempt: () => boolean): boolean {
    if (++this.#inVain % this.#probe === 0) this.#looks = this.#most;
    for (let left = this.#looks; left > 0; left--) {
      if (attempt()) {
        this.#looks = Math.min(this.#looks * 2, this.#most);
        this.#inVain = 0;
        return true;
      }
    }
    this.#looks = Math.max(this.#looks >> 1, this.#least);
    return false;
  }
}
