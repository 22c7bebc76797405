/**
 * Owns source maps of texts that were made from other texts: what the compiler made of what tsx, say, made of the file.
 *
 * Invariant: a position that leads into the text between, but there to nothing of the user's, leads nowhere.
 */
import { SourceMap } from 'node:module';

interface Payload {
  readonly mappings: string;
  readonly sources: readonly string[];
  readonly sourcesContent?: readonly (string | null)[];
}

const INLINE = /\/\/[#@] sourceMappingURL=data:application\/json[^,\n]*;base64,([\w+/=]+)\s*$/;
const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The map that a text brings along, if it is written into it. */
export function inlineMap(text: string): object | null {
  const encoded = INLINE.exec(text)?.[1];
  if (encoded === undefined) return null;
  try {
    return JSON.parse(Buffer.from(encoded, 'base64').toString()) as object;
  } catch {
    return null;
  }
}

/** One map that leads from the last text to the first. */
export function chainMaps(last: string, first: object): string {
  const { sources, sourcesContent } = first as Payload;
  const map = new SourceMap(first as never);
  const places = new Map(sources.map((source, index) => [source, index]));
  // What each number in the text is told as the difference from.
  let [source, line, column] = [0, 0, 0];
  const lines = decoded((JSON.parse(last) as Payload).mappings).map((segments) => {
    let generated = 0;
    const texts: string[] = [];
    for (const { at, middleLine, middleColumn } of segments) {
      const entry = map.findEntry(middleLine, middleColumn) as {
        originalSource?: string;
        originalLine: number;
        originalColumn: number;
      };
      const index = places.get(entry.originalSource ?? '');
      if (index === undefined) continue;
      texts.push(
        digits(at - generated) +
          digits(index - source) +
          digits(entry.originalLine - line) +
          digits(entry.originalColumn - column),
      );
      [generated, source, line, column] = [at, index, entry.originalLine, entry.originalColumn];
    }
    return texts.join(',');
  });
  return JSON.stringify({
    version: 3,
    sources,
    sourcesContent,
    names: [],
    mappings: lines.join(';'),
  });
}

interface Segment {
  readonly at: number;
  readonly middleLine: number;
  readonly middleColumn: number;
}

/** The segments of each line. */
function decoded(mappings: string): Segment[][] {
  let [middleLine, middleColumn] = [0, 0];
  return mappings.split(';').map((line) => {
    let at = 0;
    const segments: Segment[] = [];
    for (const text of line === '' ? [] : line.split(',')) {
      const [column = 0, , lines, columns] = numbers(text);
      at += column;
      if (lines === undefined || columns === undefined) continue;
      middleLine += lines;
      middleColumn += columns;
      segments.push({ at, middleLine, middleColumn });
    }
    return segments;
  });
}

function numbers(text: string): number[] {
  const found: number[] = [];
  let [value, shift] = [0, 0];
  for (const digit of text) {
    const bits = DIGITS.indexOf(digit);
    value |= (bits & 31) << shift;
    shift += 5;
    if (bits & 32) continue;
    found.push(value & 1 ? -(value >>> 1) : value >>> 1);
    [value, shift] = [0, 0];
  }
  return found;
}

/** A number as source maps write it: base 64, five bits at a time, the sign last. */
function digits(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = '';
  do {
    const more = rest > 31 ? 32 : 0;
    text += DIGITS[(rest & 31) | more];
    rest >>>= 5;
  } while (rest > 0);
  return text;
}
