/**
 * `rawLink` and `rawUnlink` of a primitive, in every heap: at the hub its core calls back, in a Worker the end of a wait at
 * the hub does.
 *
 * Invariants: as in level-links.ts, in every heap. Taking a callback back withdraws the wait; a run that ends takes all of
 * its own back.
 */
import { call, checkLink, type Link } from '../core/links.ts';
import { CORE, type Primitive } from './primitive.ts';
import { wait, type CanWait } from './wait.ts';

interface Links {
  link(callback: Link<unknown>, source: unknown): void;
  unlink(callback: Link<unknown>): void;
}

type Face = Primitive<Links>;

/** In a Worker: what ends the wait behind each callback. */
const far = new WeakMap<Face, Map<Link<never>, AbortController>>();

export function linkFace<S extends Face>(face: S, callback: Link<S>): void {
  checkLink(callback);
  const core = face[CORE];
  if (core) core.link(callback as Link<unknown>, face);
  else linkFar(face, callback);
}

export function unlinkFace<S extends Face>(face: S, callback: Link<S>): void {
  const core = face[CORE];
  if (core) core.unlink(callback as Link<unknown>);
  else takeBack(face, callback)?.abort();
}

function linkFar<S extends Face>(face: S, callback: Link<S>): void {
  let links = far.get(face);
  if (!links) far.set(face, (links = new Map()));
  if (links.has(callback)) return;
  const controller = new AbortController();
  links.set(callback, controller);
  void heed(face, callback, controller);
}

async function heed<S extends Face>(
  face: S,
  callback: Link<S>,
  { signal }: AbortController,
): Promise<void> {
  let ready = true;
  try {
    await wait.async([face as unknown as CanWait], { signal });
  } catch {
    ready = false;
  }
  // It may have been taken back since the hub said so, and even linked anew.
  if (far.get(face)?.get(callback)?.signal !== signal) return;
  takeBack(face, callback);
  if (ready) call(callback, face);
}

function takeBack<S extends Face>(face: S, callback: Link<S>): AbortController | undefined {
  const links = far.get(face);
  const controller = links?.get(callback);
  links?.delete(callback);
  return controller;
}
