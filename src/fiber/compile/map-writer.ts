/**
 * Owns the source map of a compiled file, written digit by digit while the text is: no list of its lines exists.
 *
 * A line of the map stands where V8 may say that code is: at the nodes that the survey marked, and where something of
 * ours begins that stands for a part of the source. What lies between belongs to the last before it.
 */

const DIGITS = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');
const COMMA = 44;
const SEMICOLON = 59;
const NEWLINE = 10;
/** More than one segment can take: four numbers, a separator. */
const ROOM = 40;

export class MapWriter {
  readonly #places: Uint8Array;
  readonly #source: string;
  /** Where each line of the source begins; behind the last, a line that is never reached. */
  readonly #lineStarts: number[] = [0];
  #bytes: Uint8Array;
  #length = 0;
  #line = 0;
  /** Of the text that is written: how far its line goes. */
  #column = 0;
  // What each number is told as the difference from.
  #lastColumn = 0;
  #lastLine = 0;
  #lastSourceColumn = 0;

  /** @param places by offset in the source: 1 where a segment has to stand. */
  constructor(source: string, places: Uint8Array) {
    this.#source = source;
    this.#places = places;
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) {
      this.#lineStarts.push(at + 1);
    }
    this.#lineStarts.push(Infinity);
    this.#bytes = new Uint8Array(source.length * 4 + 1024);
  }

  #seek(offset: number): void {
    const starts = this.#lineStarts;
    while (starts[this.#line]! > offset) this.#line--;
    while (starts[this.#line + 1]! <= offset) this.#line++;
  }

  /** What is written next stands for this place. */
  place(offset: number): void {
    this.#seek(offset);
    this.#segment(this.#column, offset - this.#lineStarts[this.#line]!);
  }

  /** Text of ours is written. */
  insert(text: string): void {
    let at = text.indexOf('\n');
    if (at < 0) {
      this.#column += text.length;
      return;
    }
    for (; at >= 0; at = text.indexOf('\n', at + 1)) {
      this.#breakLine();
      this.#column = text.length - at - 1;
    }
  }

  /** A part of the source is written as it stands. */
  keep(start: number, end: number): void {
    this.#seek(start);
    const starts = this.#lineStarts;
    let lineStart = starts[this.#line]!;
    let lineEnd = starts[this.#line + 1]!;
    // What an offset in the source is in the line that is written.
    let shift = this.#column - start;
    for (let at = start; at < end; at++) {
      if (at === lineEnd) {
        this.#breakLine();
        lineStart = at;
        lineEnd = starts[++this.#line + 1]!;
        shift = -at;
      }
      if (this.#places[at] === 1) this.#segment(at + shift, at - lineStart);
    }
    if (end > start && this.#source.charCodeAt(end - 1) === NEWLINE) {
      this.#breakLine();
      this.#column = 0;
    } else this.#column = end + shift;
  }

  #breakLine(): void {
    this.#room();
    this.#bytes[this.#length++] = SEMICOLON;
    this.#lastColumn = 0;
  }

  #segment(column: number, sourceColumn: number): void {
    this.#room();
    const last = this.#length === 0 ? SEMICOLON : this.#bytes[this.#length - 1]!;
    if (last !== SEMICOLON) this.#bytes[this.#length++] = COMMA;
    this.#number(column - this.#lastColumn);
    this.#number(0);
    this.#number(this.#line - this.#lastLine);
    this.#number(sourceColumn - this.#lastSourceColumn);
    this.#lastColumn = column;
    this.#lastLine = this.#line;
    this.#lastSourceColumn = sourceColumn;
  }

  #room(): void {
    if (this.#length + ROOM < this.#bytes.length) return;
    const more = new Uint8Array(this.#bytes.length * 2);
    more.set(this.#bytes);
    this.#bytes = more;
  }

  /** Base 64, five bits at a time, the sign last. */
  #number(value: number): void {
    let rest = value < 0 ? (-value << 1) | 1 : value << 1;
    while (rest > 31) {
      this.#bytes[this.#length++] = DIGITS[(rest & 31) | 32]!;
      rest >>>= 5;
    }
    this.#bytes[this.#length++] = DIGITS[rest]!;
  }

  finish(source: string): string {
    const mappings = Buffer.from(this.#bytes.buffer, 0, this.#length).toString('latin1');
    return `{"version":3,"sources":[${JSON.stringify(source)}],"names":[],"mappings":"${mappings}"}`;
  }
}
