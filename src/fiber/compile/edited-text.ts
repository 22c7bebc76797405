/**
 * Owns the text under edit: which text stands before, behind and instead of which part of the source, and the one pass
 * that writes all of it out.
 *
 * A function that keeps its plain body is written twice, from the same place in the source, and either must map back to
 * it. So a copy is an edited text of its own, over its part of the source alone; where it belongs a placeholder stands,
 * which gives way to the copy as it is written out, copies inside copies included.
 *
 * What is put anywhere has no line break, so that only the source's own lines have to be counted. For a debugger, whose
 * breakpoints are lines, those that get lost on the way are made up for behind the next one (`Lines`).
 *
 * Edits are found by their offset, in an array as long as the part that is edited: no edit searches or splits anything.
 * (An edited string for general use, magic-string, took several times as long as the parser, most of it over maps.)
 */
import { MapWriter } from './map-writer.ts';

const NEWLINE = 10;

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
  /** Where the first edit was made; most copies have only this one. */
  #first = -1;
  /** By offset, once there is a second: 0, or which edit, counted from 1. */
  #indexes: Int32Array | null = null;
  readonly #edits: Edit[] = [];

  /** @param start the part of the source, in the source's own offsets. */
  constructor(start: number, end: number) {
    this.start = start;
    this.end = end;
  }

  #make(offset: number): Edit {
    const found = this.at(offset);
    if (found !== null) return found;
    const edit = { left: '', right: '', content: null, until: 0, awayUntil: 0, moved: -1 };
    const index = this.#edits.push(edit);
    if (index === 1) this.#first = offset;
    else {
      this.#indexes ??= this.#index();
      this.#indexes[offset - this.start] = index;
    }
    return edit;
  }

  #index(): Int32Array {
    const indexes = new Int32Array(this.end - this.start + 1);
    indexes[this.#first - this.start] = 1;
    return indexes;
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
    if (offset === this.#first) return this.#edits[0]!;
    if (this.#indexes === null) return null;
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
    if (indexes === null) return this.#first >= from && this.#first < end ? this.#first : end;
    const last = end - this.start;
    let at = from - this.start;
    while (at < last && indexes[at] === 0) at++;
    return at + this.start;
  }
}

/** Opens and ends what stands for something else; texts of ours hold it nowhere else, since they hold no other text. */
const MARK = '\u0001';
/** Behind it: a place, not a copy. */
const PLACE = '@';

/** Counts the line breaks that were written, where the lines of the source are to stay. */
export class Lines {
  readonly #source: string;
  readonly #texts: readonly { start: number; end: number }[];
  /** In the source, up to where it was asked last. */
  #at = 0;
  #passed = 0;
  #written = 0;
  /** How many of those that were passed are written later. */
  #later = 0;

  /** @param texts the parts of the source in which a line break is a character like others, in order. */
  constructor(source: string, texts: readonly { start: number; end: number }[]) {
    this.#source = source;
    this.#texts = texts;
  }

  /** A part is written later than where it stands. */
  postpone(start: number, end: number): void {
    for (let at = start; at < end; at++) {
      if (this.#source.charCodeAt(at) === NEWLINE) this.#later++;
    }
  }

  /** A break of the source is written. How many before it were not, and can be here. */
  lostAt(offset: number): number {
    this.#written++;
    if (offset < this.#at) {
      if (this.#later > 0) this.#later--;
      return 0;
    }
    for (; this.#at <= offset; this.#at++) {
      if (this.#source.charCodeAt(this.#at) === NEWLINE) this.#passed++;
    }
    const lost = this.#passed - this.#later - this.#written;
    if (lost <= 0 || this.#texts.some(({ start, end }) => start <= offset && offset < end))
      return 0;
    this.#written += lost;
    return lost;
  }
}

/** The copies of one file, and what writes them out. */
export class Copies {
  readonly #source: string;
  /** By offset: does a line of the map begin here? */
  readonly #places: Uint8Array;
  readonly #copies: EditedText[] = [];
  #code = '';
  #map: MapWriter | null = null;
  #lines: Lines | null = null;

  /** @param places the offsets that a map has to know, each 1. */
  constructor(source: string, places: Uint8Array) {
    this.#source = source;
    this.#places = places;
  }

  /** What stands for a copy until the end. */
  add(text: EditedText): string {
    return `${MARK}${this.#copies.push(text) - 1}${MARK}`;
  }

  /** Stands for nothing; what is written behind it belongs to that place of the source. */
  place(offset: number): string {
    return `${MARK}${PLACE}${offset}${MARK}`;
  }

  /**
   * The whole text, and its map if it is asked for.
   *
   * @param tail what stands behind all that, on lines of its own, and is nothing of the source's.
   * @param lines keeps what stands on the source's lines on the same ones.
   */
  render(
    text: EditedText,
    tail: string,
    map: { source: string } | null,
    lines: Lines | null = null,
  ): { code: string; map: string | null } {
    this.#code = '';
    this.#lines = lines;
    this.#map = map === null ? null : new MapWriter(this.#source, this.#places);
    this.#writeText(text);
    return { code: `${this.#code}\n${tail}`, map: this.#map?.finish(map!.source) ?? null };
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
        this.#lines?.postpone(at, edit.awayUntil);
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
        if (this.#lines === null) this.#keep(at, next);
        else this.#keepLines(at, next, this.#lines);
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

  #keep(start: number, end: number): void {
    this.#code += this.#source.slice(start, end);
    this.#map?.keep(start, end);
  }

  /** What was written instead of several lines stands on one: after it, the breaks that were lost are caught up. */
  #keepLines(start: number, end: number, lines: Lines): void {
    for (let at = start; at < end;) {
      const broken = this.#source.indexOf('\n', at);
      const next = broken < 0 || broken >= end ? end : broken + 1;
      this.#keep(at, next);
      at = next;
      const lost = broken >= 0 && broken < end ? lines.lostAt(broken) : 0;
      if (lost === 0) continue;
      this.#code += '\n'.repeat(lost);
      this.#map?.breakLines(lost);
    }
  }

  #insert(text: string | undefined): void {
    if (text === undefined || text === '') return;
    let at = 0;
    for (let mark = text.indexOf(MARK); mark >= 0; mark = text.indexOf(MARK, at)) {
      if (mark > at) this.#write(text.slice(at, mark));
      const end = text.indexOf(MARK, mark + 1);
      if (text[mark + 1] === PLACE) this.#map?.place(Number(text.slice(mark + 2, end)));
      else this.#writeText(this.#copies[Number(text.slice(mark + 1, end))]!);
      at = end + 1;
    }
    if (at < text.length) this.#write(at === 0 ? text : text.slice(at));
  }

  #write(text: string): void {
    this.#code += text;
    this.#map?.insert(text);
  }
}
