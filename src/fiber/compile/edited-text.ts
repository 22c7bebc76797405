/**
 * Owns the text under edit: which text stands before, behind and instead of which part of the source, and the one pass
 * that writes all of it out.
 *
 * A function that keeps its plain body is written twice, from the same place in the source, and either must map back to
 * it. So a copy is an edited text of its own, over its part of the source alone; where it belongs a placeholder stands,
 * which no source can contain and which gives way to the copy as it is written out, copies inside copies included.
 *
 * Edits are found by their offset, in an array as long as the part that is edited: no edit searches or splits anything.
 * (An edited string for general use, magic-string, took several times as long as the parser, most of it over maps.)
 */
import { MapWriter } from './map-writer.ts';

/** What happens at one offset. */
interface Edit {
  /** What stands before the offset and goes with the text before it, and what goes with the text behind. */
  left: string;
  right: string;
  /** What stands instead of the source from here to `until`. */
  content: string | null;
  until: number;
  /** What stands from here to there is written elsewhere. */
  awayUntil: number;
  /** What is moved here: where it begins. */
  moved: number;
}

export class EditedText {
  readonly start: number;
  readonly end: number;
  /** By offset: 0, or which edit, counted from 1. */
  readonly #indexes: Int32Array;
  readonly #edits: Edit[] = [];

  /** @param start the part of the source, in the source's own offsets. */
  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
    this.#indexes = new Int32Array(end - start + 1);
  }

  #make(offset: number): Edit {
    const at = offset - this.start;
    const index = this.#indexes[at]!;
    if (index > 0) return this.#edits[index - 1]!;
    const edit = { left: '', right: '', content: null, until: 0, awayUntil: 0, moved: -1 };
    this.#indexes[at] = this.#edits.push(edit);
    return edit;
  }

  /** In front of all that was put before what stands here. */
  prependRight(offset: number, text: string): void {
    const edit = this.#make(offset);
    edit.right = text + edit.right;
  }

  /** Behind all that was put before what stands here. */
  appendRight(offset: number, text: string): void {
    this.#make(offset).right += text;
  }

  /** Behind all that was put after what ends here. */
  appendLeft(offset: number, text: string): void {
    this.#make(offset).left += text;
  }

  /** Text instead of a part. What was put at either end of it stays. */
  update(start: number, end: number, text: string): void {
    const edit = this.#make(start);
    edit.content = text;
    edit.until = end;
    this.#make(end);
  }

  /** Writes a part, and all that was put to it, where `to` is. */
  move(start: number, end: number, to: number): void {
    this.#make(start).awayUntil = end;
    this.#make(end);
    this.#make(to).moved = start;
  }

  /** What happens at an offset. */
  at(offset: number): Edit | null {
    const index = this.#indexes[offset - this.start]!;
    return index === 0 ? null : this.#edits[index - 1]!;
  }

  /** Does anything begin here that was not in the source? */
  begins(offset: number): boolean {
    const edit = this.at(offset);
    return edit !== null && (edit.right !== '' || edit.content !== null);
  }

  /** The first offset from this one on where something happens, or the end. */
  next(from: number, end: number): number {
    const indexes = this.#indexes;
    const last = end - this.start;
    let at = from - this.start;
    while (at < last && indexes[at] === 0) at++;
    return at + this.start;
  }
}

const MARK = '\u0001';

/** The copies of one file, and what writes them out. */
export class Copies {
  readonly #source: string;
  /** By offset: does a line of the map begin here? */
  readonly #places: Uint8Array;
  readonly #open: string;
  readonly #copies: EditedText[] = [];
  #code = '';
  #map: MapWriter | null = null;

  /**
   * @param places the offsets that a map has to know, each 1.
   * @param prefix what the source does not contain.
   */
  constructor(source: string, places: Uint8Array, prefix: string) {
    this.#source = source;
    this.#places = places;
    this.#open = `${prefix}${MARK}`;
  }

  /** What stands for a copy until the end. */
  add(text: EditedText): string {
    return `${this.#open}${this.#copies.push(text) - 1}${MARK}`;
  }

  /** Stands for nothing; what is written behind it belongs to that place of the source. */
  place(offset: number): string {
    return `${this.#open}@${offset}${MARK}`;
  }

  /** The whole text, and its map if it is asked for. */
  render(text: EditedText, map: { source: string } | null): { code: string; map: string | null } {
    this.#code = '';
    this.#map = map === null ? null : new MapWriter(this.#source, this.#places);
    this.#writeText(text);
    return { code: this.#code, map: this.#map?.finish(map!.source) ?? null };
  }

  #writeText(text: EditedText): void {
    this.#map?.place(text.start);
    this.#insert(text.at(text.start)?.left);
    this.#writeRange(text, text.start, text.end);
    this.#insert(text.at(text.end)?.right);
  }

  /** From what goes with the text behind `start` to what goes with the text before `end`. */
  #writeRange(text: EditedText, start: number, end: number): void {
    for (let at = start; ;) {
      let edit = text.at(at);
      if (edit !== null && edit.awayUntil > 0 && at !== start) {
        at = edit.awayUntil;
        edit = text.at(at);
      }
      let next: number;
      if (edit !== null) this.#insert(edit.right);
      if (edit !== null && edit.content !== null) {
        this.#map?.place(at);
        this.#insert(edit.content);
        next = edit.until;
      } else {
        next = text.next(at + 1, end);
        this.#code += this.#source.slice(at, next);
        this.#map?.keep(at, next);
      }
      const reached = text.at(next);
      this.#insert(reached?.left);
      if (next >= end) return;
      if (reached !== null && reached.moved >= 0) {
        const from = reached.moved;
        this.#map?.place(from);
        this.#writeRange(text, from, text.at(from)!.awayUntil);
      }
      at = next;
    }
  }

  #insert(text: string | undefined): void {
    if (text === undefined || text === '') return;
    if (!text.includes(MARK)) {
      this.#code += text;
      this.#map?.insert(text);
      return;
    }
    const parts = text.split(this.#open);
    this.#insert(parts[0]);
    for (const part of parts.slice(1)) {
      const end = part.indexOf(MARK);
      if (part[0] === '@') this.#map?.place(Number(part.slice(1, end)));
      else this.#writeText(this.#copies[Number(part.slice(0, end))]!);
      this.#insert(part.slice(end + 1));
    }
  }
}
