/**
 * What compiled code calls, under the short names that it knows (compile/unit.ts lists them).
 */
import { ANSWERED } from '../../core/answer.ts';
import { TWIN } from '../../core/twin.ts';
import { definedFace, getterFace, propertyKey, setterFace, takeAccessor } from './accessors.ts';
import { bindPlainly } from './builtins-function.ts';
import {
  base,
  baseFace,
  baseToken,
  checkThis,
  defineField,
  derived,
  derivedFace,
  faceMode,
  newSite,
  returnFromDerived,
  superArguments,
  superConstruct,
  superGet,
  superSet,
  takeNewTarget,
} from './construct.ts';
import { Token } from './construct-token.ts';
import { face } from './drive.ts';
import { brandGenerator, putIntoBox, RawDriver, rawKey, takeRaw } from './generators.ts';
import {
  close,
  delegate,
  isLeft,
  iterable,
  leftBy,
  PENDING,
  resume,
  spread,
  take,
} from './iterate.ts';
import { notCoercible, notIterable, restOf } from './patterns.ts';
import { prepareRequire, runCommonJs } from './load-commonjs.ts';
import { AWAIT, begin, takePromise } from './loose.ts';
import { nativeText, registerSourceFile } from './source-text.ts';
import { S } from './state.ts';
import { attach, attachOnce, CALL, checkedTwin, type AnyFunction } from './twins.ts';
import type { Twin } from '../../core/twin.ts';

type Factory = (twin: Twin, key?: unknown) => AnyFunction;

/** A function expression: face and twin. */
function makeFunction(factory: Factory, flags: number, twin: Twin, key?: unknown): AnyFunction {
  return attach(factory(twin, key), twin, flags);
}

/** A generator function expression. */
function makeGenerator(factory: Factory, twin: Twin, key?: unknown): AnyFunction {
  return brandGenerator(factory(twin, key));
}

/** A method of a class, unless a later element of the same name has replaced it. */
function attachMethod(
  home: object,
  key: PropertyKey,
  twin: Twin,
  mark: string,
  newTarget: number,
): void {
  const method: unknown = Object.getOwnPropertyDescriptor(home, key)?.value;
  if (typeof method === 'function' && nativeText(method).includes(mark)) {
    attachOnce(method as AnyFunction, twin, newTarget);
  }
}

/** A private method, which can only be reached where it is read. */
function attachPrivate(method: AnyFunction, twin: Twin): AnyFunction {
  return attach(method, twin);
}

function setName(target: AnyFunction, name: string): AnyFunction {
  Object.defineProperty(target, 'name', { value: name, configurable: true });
  return target;
}

const collect = (...args: unknown[]): unknown[] => args;
const drivePlainly = (raw: Generator): RawDriver => new RawDriver(raw);

export {
  TWIN as T,
  CALL as C,
  S,
  ANSWERED as D,
  PENDING as P,
  AWAIT as W,
  checkedTwin as t,
  newSite as n,
  begin as go,
  takeAccessor as tk,
  takePromise as gp,
  makeFunction as fn,
  attachOnce as def,
  attach as dl,
  attachMethod as dm,
  setName as nd,
  attachPrivate as pm,
  face,
  propertyKey as key,
  takeNewTarget as nt,
  getterFace as get,
  setterFace as set,
  definedFace as ann,
  rawKey as gk,
  takeRaw as gt,
  drivePlainly as gf,
  brandGenerator as gb,
  makeGenerator as gfn,
  putIntoBox as Y,
  delegate as deleg,
  iterable as it,
  resume as rs,
  isLeft as lv,
  leftBy as lt,
  close as cl,
  take,
  restOf as rest,
  notCoercible as oc,
  notIterable as oi,
  spread,
  collect as tag,
  superGet as sget,
  superSet as sset,
  checkThis as chk,
  returnFromDerived as ret,
  superConstruct as sup,
  defineField as df,
  baseFace as bc,
  baseToken as bt,
  bindPlainly as bd,
  Token as K,
  derivedFace as dc,
  faceMode as cm,
  superArguments as sa,
  base,
  derived,
  runCommonJs as cjs,
  prepareRequire as rq,
  registerSourceFile as src,
};
