/**
 * Owns text that is written twice. A function that keeps its plain body stands in the compiled file as it was and, next
 * to that, as its twin; both come from the same place in the source, and both must map back to it.
 *
 * An edited string holds each part of its source once. So a copy is an edited string of its own, over its part alone;
 * where it belongs a placeholder stands, which no source can contain. At the end placeholders are exchanged for their
 * copies, text and mappings, copies inside copies included.
 */
import MagicString, { SourceMap } from 'magic-string';

type Segment = [number, number, number, number];

/** A text by lines, each with its mappings. */
interface Rendered {
  lines: string[];
  maps: Segment[][];
}

interface Copy {
  text: MagicString;
  /** Where the source's part begins. */
  line: number;
  column: number;
}

export class Copies {
  readonly #open: string;
  readonly #copies: Copy[] = [];
  readonly #lineStarts: number[] = [0];
  readonly #source: string;
  #pattern: RegExp;

  /** @param prefix what the source does not contain. */
  constructor(source: string, prefix: string) {
    this.#source = source;
    this.#open = `${prefix}\u0001`;
    this.#pattern = new RegExp(`${prefix.replaceAll('$', String.raw`\$`)}\u0001(\\d+)\u0001`, 'g');
    for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) {
      this.#lineStarts.push(at + 1);
    }
  }

  /** An edited string over a part of the source, with the source's own offsets. */
  begin(start: number, end: number): MagicString {
    return new MagicString(this.#source.slice(start, end), { offset: -start });
  }

  /** What stands for a copy until the end. */
  add(text: MagicString, start: number): string {
    const line = this.#lineOf(start);
    this.#copies.push({ text, line, column: start - this.#lineStarts[line]! });
    return `${this.#open}${this.#copies.length - 1}\u0001`;
  }

  #lineOf(at: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** The whole text, without a map. */
  code(text: string): string {
    if (!text.includes(this.#open)) return text;
    return text.replace(this.#pattern, (_, index: string) =>
      this.code(this.#copies[Number(index)]!.text.toString()),
    );
  }

  /** The whole text and its map. */
  render(text: MagicString, source: string): { code: string; map: string } {
    const { lines, maps } = this.#expand(text, 0, 0);
    const map = new SourceMap({ sources: [source], names: [], mappings: maps });
    return { code: lines.join('\n'), map: map.toString() };
  }

  #expand(text: MagicString, line: number, column: number): Rendered {
    const { mappings } = text.generateDecodedMap({ hires: 'boundary' });
    const from = text.toString().split('\n');
    const out: Rendered = { lines: [''], maps: [[]] };
    for (let index = 0; index < from.length; index++) {
      if (index > 0) {
        out.lines.push('');
        out.maps.push([]);
      }
      const segments = (mappings[index] ?? []) as Segment[];
      if (line !== 0 || column !== 0) {
        for (const segment of segments) {
          if (segment[2] === 0) segment[3] += column;
          segment[2] += line;
        }
      }
      this.#expandLine(from[index]!, segments, out);
    }
    return out;
  }

  #expandLine(text: string, segments: Segment[], out: Rendered): void {
    if (!text.includes(this.#open)) {
      out.lines[out.lines.length - 1] = text;
      out.maps[out.maps.length - 1] = segments;
      return;
    }
    let done = 0;
    let next = 0;
    const take = (until: number): void => {
      const last = out.lines.length - 1;
      const shift = out.lines[last]!.length - done;
      for (; next < segments.length && segments[next]![0] < until; next++) {
        segments[next]![0] += shift;
        out.maps[last]!.push(segments[next]!);
      }
      out.lines[last] += text.slice(done, until);
      done = until;
    };
    for (const match of text.matchAll(this.#pattern)) {
      take(match.index);
      done += match[0].length;
      const { text: copied, line, column } = this.#copies[Number(match[1])]!;
      append(out, this.#expand(copied, line, column));
    }
    take(text.length + 1);
  }
}

function append(out: Rendered, part: Rendered): void {
  const last = out.lines.length - 1;
  const shift = out.lines[last]!.length;
  for (const segment of part.maps[0]!) segment[0] += shift;
  out.maps[last]!.push(...part.maps[0]!);
  out.lines[last] += part.lines[0]!;
  for (let index = 1; index < part.lines.length; index++) {
    out.lines.push(part.lines[index]!);
    out.maps.push(part.maps[index]!);
  }
}
