/**
 * Owns finding where a suspended fiber stands, in the user's own source.
 *
 * A generator's position can be seen by nothing but V8's inspector, which is asked for it in this process. That takes
 * some tens of milliseconds the first time, so only those ask whose fiber has lost more than that already.
 */
import { findSourceMap } from 'node:module';

interface Location {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface Property {
  readonly name: string;
  readonly value?: { readonly value?: unknown };
}

type Post = (method: string, parameters?: object) => Record<string, unknown>;

const HELD = Symbol.for('coppice.place');

/** `file:line`; `undefined` where the inspector cannot be had, or does not know. */
export function placeOf(body: Generator): string | undefined {
  try {
    return inspected((post, urls) => {
      const location = locationOf(body, post);
      const url = location && urls.get(location.scriptId);
      return url === undefined ? undefined : original(url, location as Location);
    });
  } catch {
    // A Node without an inspector, or one whose inspector somebody is using in a way that excludes this.
    return undefined;
  }
}

function inspected<R>(work: (post: Post, urls: Map<string, string>) => R): R {
  const { Session } = process.getBuiltinModule('node:inspector');
  const session = new Session();
  const urls = new Map<string, string>();
  session.connect();
  try {
    session.on('Debugger.scriptParsed', ({ params }) => urls.set(params.scriptId, params.url));
    const post: Post = (method, parameters) => {
      let answer: Record<string, unknown> = {};
      // In this very process, so the answer is there when this returns.
      session.post(method, parameters, (_error: unknown, result?: object) => {
        answer = (result ?? {}) as typeof answer;
      });
      return answer;
    };
    post('Debugger.enable');
    return work(post, urls);
  } finally {
    session.disconnect();
  }
}

function locationOf(body: Generator, post: Post): Location | undefined {
  const holder = globalThis as { [HELD]?: Generator | undefined };
  holder[HELD] = body;
  try {
    const expression = 'globalThis[Symbol.for("coppice.place")]';
    const { result } = post('Runtime.evaluate', { expression }) as { result: { objectId: string } };
    const { internalProperties } = post('Runtime.getProperties', {
      objectId: result.objectId,
      ownProperties: true,
    }) as { internalProperties: Property[] };
    return internalProperties.find(({ name }) => name === '[[GeneratorLocation]]')?.value?.value as
      | Location
      | undefined;
  } finally {
    delete holder[HELD];
  }
}

/** The line that the user wrote; a column would be that of what it was compiled to. The inspector counts from 0, people from 1. */
function original(url: string, { lineNumber, columnNumber }: Location): string {
  const entry = findSourceMap(url)?.findEntry(lineNumber, columnNumber);
  return entry && 'originalSource' in entry
    ? `${entry.originalSource}:${entry.originalLine + 1}`
    : `${url}:${lineNumber + 1}`;
}
