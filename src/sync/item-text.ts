/**
 * Small plain items as text, so that they can lie in shared memory.
 *
 * Invariant: what has a text comes out of it exactly as it would come out of structured clone. What does not (a date, a
 * cycle, an object of a class, a handle) has none, and goes by the hub. Each property is read once, so that a getter
 * runs as often as it does for a clone.
 */

/** At so many objects a clone by the hub costs no more. */
const MOST_OBJECTS = 16;

/** @returns `undefined` for what has no text, or one of more than `most` bytes in UTF-8. */
export function textOf(item: unknown, most: number): string | undefined {
  // Not JSON: the one value that is often put by itself and has none.
  if (item === undefined) return '';
  const text = write(item, most, []);
  // No character of a string takes more than three bytes.
  const fits = text !== undefined && (text.length * 3 <= most || Buffer.byteLength(text) <= most);
  return fits ? text : undefined;
}

/** The item again. */
export function itemOf(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text);
}

/** @param seen the objects so far: one that occurs twice would come out as two. */
function write(value: unknown, most: number, seen: object[]): string | undefined {
  switch (typeof value) {
    case 'string':
      return value.length <= most ? JSON.stringify(value) : undefined;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? String(value) : undefined;
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      return value === null ? 'null' : writeObject(value, most, seen);
    default:
      return undefined;
  }
}

function writeObject(value: object, most: number, seen: object[]): string | undefined {
  if (seen.length === MOST_OBJECTS || seen.includes(value)) return undefined;
  seen.push(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Array.prototype) return writeArray(value as unknown[], most, seen);
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  let text = '';
  for (const key of Object.keys(value)) {
    const part = write((value as Record<string, unknown>)[key], most, seen);
    if (part === undefined || text.length > most) return undefined;
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${part}`;
  }
  return `{${text}}`;
}

function writeArray(value: unknown[], most: number, seen: object[]): string | undefined {
  // Longer than its text may be; or with a hole, or with a property that is no element.
  if (value.length > most || Object.keys(value).length !== value.length) return undefined;
  let text = '';
  for (let index = 0; index < value.length; index++) {
    const part = write(value[index], most, seen);
    if (part === undefined || text.length > most) return undefined;
    text += index === 0 ? part : `,${part}`;
  }
  return `[${text}]`;
}
