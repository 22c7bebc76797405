/**
 * Owns what is known of calls whose functions are not analysed: those of the language, of Node and of coppice. What is
 * not listed here may call what it is given, keep it anywhere, and give it back.
 */

const list = (names: string): ReadonlySet<string> => new Set(names.split(' '));

/** What each holder of the language offers: on values of which nothing else is known, these are its methods. */
const HOLDERS = [
  Object,
  Function,
  Array,
  String,
  RegExp,
  Map,
  Set,
  WeakMap,
  WeakSet,
  WeakRef,
  Promise,
] as unknown as { prototype: object }[];

export const METHODS: ReadonlySet<string> = new Set(
  HOLDERS.flatMap(({ prototype }) => [
    ...Object.getOwnPropertyNames(prototype),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(prototype) ?? {}),
  ]),
);

/** They give numbers, strings and the like, and keep nothing; what they are given is not called, or not to give a result. */
const GIVES_DATA = list(
  'toString toLocaleString toFixed toISOString toPrecision toJSON trim trimStart trimEnd toLowerCase toUpperCase ' +
    'toLocaleLowerCase toLocaleUpperCase charAt charCodeAt codePointAt includes indexOf lastIndexOf startsWith endsWith ' +
    'padStart padEnd repeat localeCompare normalize join has hasOwnProperty propertyIsEnumerable isPrototypeOf ' +
    'getTime substring substr String Number Boolean BigInt Symbol parseInt parseFloat isNaN isFinite isInteger isSafeInteger ' +
    'isArray encodeURIComponent decodeURIComponent encodeURI decodeURI fromCharCode fromCodePoint now ' +
    'clearTimeout clearInterval clearImmediate btoa atob byteLength hrtime cwd uptime memoryUsage exit is',
);
const DATA_HOLDERS = list('Math console performance Atomics');
/** With one argument; a second one is called. */
const DATA_ALONE = list('JSON.parse JSON.stringify');
/** They give data that has properties: somebody may put more into it. */
const MAKES_DATA = list('JSON.parse structuredClone Date RegExp');

/** Is what such a call gives neither an object that it was given, nor one that is told of them? */
export function givesData(name: string, argumentCount: number): boolean {
  const [holder = '', member = holder] = name.split('.');
  if (MAKES_DATA.has(name) && !DATA_ALONE.has(name)) return true;
  if (DATA_ALONE.has(name)) return argumentCount < 2;
  return GIVES_DATA.has(member) || DATA_HOLDERS.has(holder);
}

export const makesData = (name: string): boolean => MAKES_DATA.has(name);

/** These call functions among their arguments and do not give them back. */
const CALLS_ONLY = list(
  'map forEach filter reduce reduceRight some every find findIndex findLast findLastIndex flatMap sort toSorted from ' +
    'replace replaceAll then catch finally setTimeout setInterval setImmediate queueMicrotask nextTick',
);
/** These call no methods of what they are given, and keep nothing of it but in what they are called on. */
const PASSES_ON = list(
  'push pop shift unshift splice slice concat fill flat at reverse toReversed toSpliced with get set add delete clear ' +
    'values entries of split match matchAll exec Map Set WeakMap WeakSet Array',
);
const STORES = list('push unshift splice fill set add');

/** Of those that call and pass on, the ones that give a new list, iterator or promise of what they have, and none of it. */
const MAKES_LIST = list(
  'map filter flatMap toSorted from then catch finally slice splice concat flat toReversed toSpliced values entries of ' +
    'split match matchAll Map Set WeakMap WeakSet Array forEach some every findIndex findLastIndex push unshift replace ' +
    'replaceAll setTimeout setInterval setImmediate queueMicrotask nextTick',
);

/** Of those, the ones that look into what they have more than once. */
const LOOKS_DEEP = list('Map Set WeakMap WeakSet Array from concat flat flatMap entries');

/** These give back what they are called on. */
const GIVES_RECEIVER = list('set add fill sort reverse copyWithin');

const memberOf = (name: string): string => name.slice(name.lastIndexOf('.') + 1);

/** Does it call the argument that stands there, without giving it to anybody? */
export function callsOnly(name: string, index: number): boolean {
  const member = memberOf(name);
  if (!CALLS_ONLY.has(member)) return false;
  if (member === 'then') return true;
  return index === (/^(?:from|replace|replaceAll)$/.test(member) ? 1 : 0);
}
export const passesOn = (name: string): boolean =>
  CALLS_ONLY.has(memberOf(name)) || PASSES_ON.has(memberOf(name));
export const makesList = (name: string): boolean => MAKES_LIST.has(memberOf(name));
export const looksDeep = (name: string): boolean => LOOKS_DEEP.has(memberOf(name));
/** These put what they are given into something that they are given. */
const STORES_IN_ARGUMENT =
  /^(?:Object\.(?:assign|defineProperty|defineProperties|setPrototypeOf)|Reflect\..*|.*\binherits)$/;

export const storesInArgument = (name: string): boolean => STORES_IN_ARGUMENT.test(name);
export const givesReceiver = (name: string): boolean => GIVES_RECEIVER.has(memberOf(name));
export const storesInReceiver = (name: string): boolean => STORES.has(memberOf(name));

/** Calls of coppice that give data. */
export const OURS_GIVES_DATA = list(
  'sleep sleepAsync readLine readLineAsync read readAsync text textAsync json jsonAsync bytes bytesAsync arrayBuffer ' +
    'arrayBufferAsync write writeAsync end endAsync put putAsync send sendAsync join joinAsync kill killAsync killAll ' +
    'killAllAsync close cancel configure prewarm release acquire acquireAsync tryAcquire tryPut done notify notifyAll ' +
    'shutdown set clear link unlink',
);
/** Of those, the ones whose data has properties. */
export const OURS_MAKES_DATA = list(
  'read readAsync json jsonAsync bytes bytesAsync arrayBuffer arrayBufferAsync',
);
/** Properties of what coppice makes that hold data. */
export const OURS_DATA = list(
  'status statusText ok url redirected type headers id name kind state size length capacity locked ended ready pending ' +
    'remoteAddress remotePort localAddress localPort port address ms message code stack',
);
/** Calls of coppice that give what was put in, and nothing of coppice's own. */
export const OURS_GIVES_CONTENT = list(
  'get getAsync take takeAsync peek peekAsync receive receiveAsync tryGet',
);
/** Calls of coppice that give something new, and nothing that was put in. */
export const OURS_GIVES_NEW = list(
  'spawn spawnLater current fetchSync connect connectAsync listen listenAsync serve accept acceptAsync blocking ' +
    'defineBlocking wrap with async',
);
/** Calls of coppice that keep functions as the values that they are. */
export const OURS_KEEPS = list('put putAsync send sendAsync tryPut set transfer');
/** Calls of coppice whose functions get arguments that stand beside them, if any. */
export const OURS_RUNS = list(
  'spawn spawnLater map mapAsync imap imapUnordered apply applyAsync withTimeout',
);
/** Other methods of what coppice makes. */
const OURS_METHODS = list(
  'accept connect listen with async imap select wait waitAsync spawn map apply iterate',
);
/** Is it a method of coppice's, and nothing that a program put there? */
export const isOursMethod = (name: string): boolean =>
  OURS_METHODS.has(name) ||
  OURS_GIVES_DATA.has(name) ||
  OURS_GIVES_CONTENT.has(name) ||
  OURS_KEEPS.has(name) ||
  OURS_RUNS.has(name);

/** Calls of coppice that make functions of a module, or of functions. */
export const OURS_MAKES = list('blocking defineBlocking wrap');
