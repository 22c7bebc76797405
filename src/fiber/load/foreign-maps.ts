/**
 * Owns that only compiled files have source maps. To make the positions of compiled code right, Node's own support is
 * turned on, for the whole process; it would then read the map of every library that has one, which takes longer than
 * loading the library, and show its stacks otherwise than they are without us. So the line that names the map is spoilt,
 * by one letter, in what is left as it is.
 *
 * Nothing is touched where the user wants the maps: with Node's flag, beside what turned it on before, and when debugging.
 */

const NAMES_MAP = '\n//# sourceMappingURL=';
const SPOILT = '\n//# sourceMappingUrl=';

/** Turns the support on. Was it off, so that nobody asked for the maps of other files? */
export function turnOnMaps(): boolean {
  const wasOff = !process.sourceMapsEnabled;
  process.setSourceMapsEnabled(true);
  return wasOff;
}

/** The line that names a map is the last, and not longer. Only so much is looked at. */
const TAIL = 400;

/** The text without a map of its own; the same text if it has none. */
export function withoutMap(text: string): string {
  const tail = text.slice(-TAIL);
  const at = tail.lastIndexOf(NAMES_MAP);
  if (at < 0) return text;
  const rest = tail.slice(at + NAMES_MAP.length);
  // One that is written into the text is not read from anywhere, and may be another loader's.
  if (rest.startsWith('data:') || /\n\s*\S/.test(rest)) return text;
  return text.slice(0, text.length - tail.length + at) + SPOILT + rest;
}
