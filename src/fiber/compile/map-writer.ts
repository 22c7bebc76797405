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
const ZERO = 65;
/** More than one segment can take: four numbers, a separator. */
const ROOM = 40;

/** Base 64, five bits at a time, the sign last. Returns where what follows goes. */
function writeNumber(bytes: Uint8Array, at: number, value: number): number {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  while (rest > 31) {
    bytes[at++] = DIGITS[(rest & 31) | 32]!;
    rest >>>= 5;
  }
  bytes[at] = DIGITS[rest]!;
  return at + 1;
}

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
    this.#bytes = new Uint8Array(source.length * 2 + 1024);
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

  /** Text of ours is written, on one line. */
  insert(text: string): void {
    this.#column += text.length;
  }

  /** A part of the source is written as it stands. */
  keep(start: number, end: number): void {
    this.#seek(start);
    const starts = this.#lineStarts;
    const places = this.#places;
    let lineStart = starts[this.#line]!;
    // What an offset in the source is in the line that is written.
    let shift = this.#column - start;
    for (let at = start; ;) {
      const lineEnd = starts[this.#line + 1]!;
      const stop = Math.min(lineEnd, end);
      for (; at < stop; at++) {
        if (places[at] === 1) this.#segment(at + shift, at - lineStart);
      }
      if (at === end) break;
      this.#breakLine();
      this.#line++;
      lineStart = at;
      shift = -at;
    }
    if (end > start && this.#source.charCodeAt(end - 1) === NEWLINE) {
      this.#breakLine();
      this.#column = 0;
    } else this.#column = end + shift;
  }

  /** Lines of ours are begun. */
  breakLines(count: number): void {
    for (let broken = 0; broken < count; broken++) this.#breakLine();
    this.#column = 0;
  }

  #breakLine(): void {
    if (this.#length + ROOM >= this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = SEMICOLON;
    this.#lastColumn = 0;
  }

  #segment(column: number, sourceColumn: number): void {
    if (this.#length + ROOM >= this.#bytes.length) this.#grow();
    const bytes = this.#bytes;
    let at = this.#length;
    if (at > 0 && bytes[at - 1] !== SEMICOLON) bytes[at++] = COMMA;
    at = writeNumber(bytes, at, column - this.#lastColumn);
    // One source, always the same.
    bytes[at++] = ZERO;
    at = writeNumber(bytes, at, this.#line - this.#lastLine);
    this.#length = writeNumber(bytes, at, sourceColumn - this.#lastSourceColumn);
    this.#lastColumn = column;
    this.#lastLine = this.#line;
    this.#lastSourceColumn = sourceColumn;
  }

  #grow(): void {
    const more = new Uint8Array(this.#bytes.length * 2);
    more.set(this.#bytes);
    this.#bytes = more;
  }

  finish(source: string): string {
    const mappings = Buffer.from(this.#bytes.buffer, 0, this.#length).toString('latin1');
    return `{"version":3,"sources":[${JSON.stringify(source)}],"names":[],"mappings":"${mappings}"}`;
  }
}
