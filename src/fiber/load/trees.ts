/**
 * Owns the trees of files that were parsed to be analysed and are yet to be compiled, so that no file is parsed twice.
 *
 * A file that was found need not be loaded, so only so many are held, and only while a program usually loads.
 */
import type { Node, SourceFormat } from '../compile/ast.ts';

/** So many characters of source are held at most: their trees take about a dozen times as many bytes. */
const LIMIT = 4_000_000;
/** Milliseconds. */
const HELD_FOR = 3_000;

/** Trees by their text's hash. */
export class Trees {
  readonly #held = new Map<string, { format: SourceFormat; tree: Node }>();
  #length = 0;

  put(hash: string, length: number, format: SourceFormat, tree: Node): void {
    if (this.#length + length > LIMIT) return;
    this.#length += length;
    this.#held.set(hash, { format, tree });
  }

  /** Shows a tree. */
  peek(hash: string, format: SourceFormat): Node | undefined {
    const held = this.#held.get(hash);
    return held?.format === format ? held.tree : undefined;
  }

  /** Gives a tree away: what parsing this text in this format would give. */
  take(hash: string, format: SourceFormat): Node | undefined {
    const held = this.#held.get(hash);
    if (held?.format !== format) return undefined;
    this.#held.delete(hash);
    return held.tree;
  }

  /** Lets go of what nobody takes. */
  dropLater(): void {
    if (this.#held.size > 0) setTimeout(() => this.#held.clear(), HELD_FOR).unref();
  }
}
