/**
 * Objects of the hub that other heaps hold by reference: how a reference is resolved here, and how it is kept there.
 *
 * Invariants: a reference (`kind:id`) stands for one object of the hub, and for at most one face per Worker as long as
 * anyone there holds it. What crossed to a Worker stays alive here until that Worker says that it let go, or is gone.
 */
import { registerHandleKind } from '../core/handle.ts';
import { CoppiceError } from '../core/errors.ts';
import { liveThread } from './registry.ts';

const published = new Map<string, WeakRef<object>>();
const forget = new FinalizationRegistry<string>((reference) => published.delete(reference));
let lastId = 0;

export function nextHandleId(): number {
  return ++lastId;
}

/** Makes an object of the hub findable by the reference under which it crosses. */
export function publish(object: object, kind: string, id: number): void {
  const reference = `${kind}:${id}`;
  published.set(reference, new WeakRef(object));
  forget.register(object, reference);
}

/** As `publish`, for what may be published already. */
export function publishOnce(object: object, kind: string, id: number): void {
  if (!published.has(`${kind}:${id}`)) publish(object, kind, id);
}

/** Does the reference stand for an object of the hub, and not for a value that only travels in this form? */
export function isPublished(reference: string): boolean {
  return published.has(reference);
}

/** The object that another heap named. */
export function resolve(kind: string, id: number): object {
  const object = published.get(`${kind}:${id}`)?.deref() ?? runningThread(kind, id);
  if (object) return object;
  throw new CoppiceError(
    'ERR_COPPICE_INVALID_ARGUMENT',
    `There is no ${kind} #${id} any more. Keep its handle while you still need it.`,
  );
}

/** A thread can be named by the Worker that runs it, though its handle never crossed. */
function runningThread(kind: string, id: number): object | undefined {
  const thread = kind === 'thread' ? liveThread(id)?.thread : undefined;
  if (thread) publishOnce(thread, kind, id);
  return thread;
}

/** Makes the face of a hub's object, in a Worker. */
type MakeFace = (id: number) => object;

let receive: ((kind: string, id: number, makeFace: MakeFace) => object) | undefined;

/** Says how objects of this kind look in a Worker. */
export function registerSharedKind(kind: string, makeFace: MakeFace): void {
  registerHandleKind(kind, (id) => (receive ? receive(kind, id, makeFace) : resolve(kind, id)));
}

/** Makes this heap one that holds faces; `receiver` keeps them. Without it, references are this heap's own. */
export function serveFaces(receiver: typeof receive): void {
  receive = receiver;
}
