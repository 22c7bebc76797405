/**
 * Owns the state of compiling one file: the text under edit, fresh names, what is hoisted to the end of the
 * file, and the account that `explain` prints.
 *
 * Edits are made children first. `before` puts text in front of everything already put at that place and
 * `after` behind everything, so a parent's wrapping always encloses its children's.
 */
import type { Account } from './account.ts';
import { takesName, type Node, type SourceFormat } from './ast.ts';
import { Copies, EditedText } from './edited-text.ts';
import type { Frame } from './frame.ts';
import type { Survey } from './survey.ts';
import type { World } from './world.ts';

/** What names an anonymous function: a fixed text, or an expression that holds the property key. */
export type FunctionName = { text: string } | { key: string };

/** What compiled code calls in the runtime; each is bound to the file's own prefix. */
export const helpers = [
  'T',
  'C',
  'S',
  'D',
  'P',
  'W',
  't',
  'n',
  'go',
  'tk',
  'gp',
  'fn',
  'def',
  'dl',
  'dm',
  'nd',
  'pm',
  'face',
  'key',
  'nt',
  'get',
  'set',
  'ann',
  'gk',
  'gt',
  'gf',
  'gb',
  'gfn',
  'Y',
  'deleg',
  'it',
  'rs',
  'lv',
  'lt',
  'cl',
  'take',
  'rest',
  'oc',
  'oi',
  'spread',
  'tag',
  'sget',
  'sset',
  'chk',
  'ret',
  'sup',
  'df',
  'bc',
  'bt',
  'bd',
  'K',
  'dc',
  'cm',
  'sa',
  'base',
  'derived',
  'cjs',
  'rq',
  'src',
] as const;

const SLASH = 47;
const PARENTHESIS = 40;
const WORD = /[\p{ID_Continue}$]/u;

export interface UnitOptions {
  format: SourceFormat;
  world: World;
  id: string;
  /** What becomes of each site is put there, if somebody asks. */
  account: Account | null;
  /** Whether each line of the source has to stay what it is. */
  keepsLines: boolean;
}

export class Unit {
  readonly source: string;
  readonly format: SourceFormat;
  readonly world: World;
  readonly survey: Survey;
  readonly id: string;
  /** The text under edit: the file's, or for a while that of a copy of one of its functions. */
  text: EditedText;
  readonly copies: Copies;
  readonly hoisted: string[] = [];
  /** The helpers that the prologue has to bring in, with the names that they have in this file. */
  readonly #used = new Map<string, string>();
  /** The names of temporaries, by number. */
  readonly #locals: string[] = [];
  /** The private methods in reach, innermost class last: name to the variable that holds the twin. */
  readonly privateMethods: Map<string, string | null>[] = [];
  /** The dispatcher, set by the writer; here so that the parts of the writer need not import each other. */
  visit: (node: Node, frame: Frame) => void = () => {};
  visitNamed: (node: Node, frame: Frame, name: FunctionName) => void = () => {};
  /** How many edits were made so far: lets a caller ask whether a part was changed. */
  edits = 0;
  readonly keepsLines: boolean;
  readonly #prefix: string;
  #account: Account | null;
  #counter = 0;

  constructor(source: string, survey: Survey, options: UnitOptions) {
    const { format, world, id, account, keepsLines } = options;
    this.source = source;
    this.format = format;
    this.world = world;
    this.survey = survey;
    this.id = id;
    this.#account = account;
    this.keepsLines = keepsLines;
    this.text = new EditedText(0, source.length);
    let prefix = '$c';
    while (source.includes(prefix)) prefix += '$';
    this.#prefix = prefix;
    this.copies = new Copies(source, survey.places);
  }

  /** Writes a part of the source once more, in its own way, and gives what stands for the copy. */
  copy(start: number, end: number, write: () => void): string {
    const { text } = this;
    this.text = new EditedText(start, end);
    try {
      write();
      return this.copies.add(this.text);
    } finally {
      this.text = text;
    }
  }

  /** Writes a plain body, of which nothing is told: what became of its sites is told of the twin. */
  untold<T>(write: () => T): T {
    const account = this.#account;
    this.#account = null;
    try {
      return write();
    } finally {
      this.#account = account;
    }
  }

  /** The name under which this file knows a runtime helper. */
  h(helper: (typeof helpers)[number]): string {
    let name = this.#used.get(helper);
    if (name === undefined) this.#used.set(helper, (name = this.#prefix + helper));
    return name;
  }

  /** The prologue's list of helpers: `T as $cT` to import them, `T:$cT` to take them from an object. */
  bindings(separator: ' as ' | ':'): string {
    return [...this.#used].map(([helper, name]) => helper + separator + name).join(',');
  }

  /** A name that the file's own text cannot contain. */
  fresh(hint: string): string {
    return `${this.#prefix}${hint}${++this.#counter}`;
  }

  /** Stands where text of ours is to be found at a place of the source: at the call, say, that it waits for. */
  place(at: number): string {
    return this.copies.place(at);
  }

  /** A name for a face's parameter or a frame's temporary: the same in every frame. */
  local(index: number | string): string {
    if (typeof index === 'string') return `${this.#prefix}_${index}`;
    return (this.#locals[index] ??= this.#prefix + index);
  }

  before(at: number, text: string): void {
    // `return(a)=>b`: what stood behind a keyword without a space may get a name in front.
    const glued =
      text.charCodeAt(0) !== PARENTHESIS &&
      WORD.test(text[0] ?? ' ') &&
      WORD.test(this.source[at - 1] ?? ' ');
    this.text.prependRight(at, glued ? ` ${text}` : text);
    this.edits++;
  }

  after(at: number, text: string): void {
    this.text.appendLeft(at, text);
    this.edits++;
  }

  /** Tells that a site is written as a yield point. */
  yields(node: Node, what: string, span: Pick<Node, 'start' | 'end'> = node): void {
    this.#account?.yields(node, what, span);
  }

  /** Tells that a function is written in a form that can be suspended. */
  suspends(node: Node): void {
    this.#account?.suspends(node);
  }

  /** Tells why a function is left as it stands, should it block. */
  leaves(node: Node, why: string): void {
    this.#account?.leaves(node, why);
  }

  replace(start: number, end: number, text: string): void {
    this.edits++;
    if (start === end) this.text.appendLeft(start, text);
    else this.text.update(start, end, text);
  }

  remove(start: number, end: number): void {
    if (end > start) this.replace(start, end, ' ');
  }

  /** For what is put into one of our variables: keeps it from being named after it. */
  keepNameless(node: Node): void {
    if (!takesName(node)) return;
    this.before(node.start, '(0,');
    this.after(node.end, ')');
  }

  /** Ends a statement that was edited since, if only its line break ended it. */
  closeStatement(node: Node, edits: number): void {
    const declaration = node['declaration'] as Node | undefined;
    if (this.edits === edits || this.source[node.end - 1] === ';') return;
    if (declaration && declaration.type.endsWith('Declaration')) return;
    this.after(node.end, ';');
  }

  wasTouched(at: number): boolean {
    return this.text.begins(at);
  }

  slice(node: Node): string {
    return this.source.slice(node.start, node.end);
  }

  /** Where `token` next stands in the source, comments skipped. */
  find(token: string, from: number): number {
    const { source } = this;
    const first = token.charCodeAt(0);
    for (let at = from; at < source.length; at++) {
      const code = source.charCodeAt(at);
      if (code === SLASH && source.startsWith('/*', at)) at = source.indexOf('*/', at) + 1;
      else if (code === SLASH && source.startsWith('//', at)) {
        while (at + 1 < source.length && !/[\n\r\u2028\u2029]/.test(source[at + 1]!)) at++;
      } else if (code === first && (token.length === 1 || source.startsWith(token, at))) return at;
    }
    throw new Error(`coppice: the compiler lost ${token} after offset ${from}`);
  }

  /** A comment by which Function.prototype.toString finds the original text. */
  mark(start: number, end: number): string {
    return `/*coppice:${this.id}:${start}:${end}*/`;
  }
}
