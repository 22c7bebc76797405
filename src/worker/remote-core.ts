/**
 * A green thread of the hub as a Worker sees it: each question and each order is a call.
 *
 * Invariants: a thread has one handle per Worker as long as anyone here holds it; once its end is known it is kept, so
 * an ended thread costs no more trips. When the last holder here lets go, the hub is told.
 */
import { defineBlocking } from '../core/definition.ts';
import type { CoppiceError } from '../core/errors.ts';
import { moduleUrl } from '../core/module-url.ts';
import {
  addLateLink,
  addLink,
  fireLinks,
  removeLink,
  type Link,
  type LinkTarget,
  type Linked,
} from '../core/links.ts';
import { decodeError, encodeError, type EncodedError } from '../core/error-codec.ts';
import { GreenThread, threadFor } from '../hub/green-thread.ts';
import { registerSharedKind, serveFaces } from '../hub/handles.ts';
import { whenEnded } from '../hub/thread-calls.ts';
import { Mailbox } from '../hub/mailbox.ts';
import { registerCoreFactory, type ThreadOptions } from '../hub/target.ts';
import { crossing } from './wire.ts';
import {
  CORE,
  type KillOptions,
  type LinkMethod,
  type Outcome,
  type ThreadCore,
  type ThreadKind,
  type ThreadState,
} from '../hub/thread-core.ts';
import { adoptFace, faceOf, receiveFace, reportDropped } from './held-handles.ts';

interface Snapshot {
  readonly id: number;
  readonly name: string;
  readonly kind: ThreadKind;
  readonly state: ThreadState;
  readonly ok?: boolean;
  readonly value?: unknown;
  /** What it threw; or its value, when that is an error (a `GreenThreadExit`). */
  readonly error?: EncodedError | undefined;
}

const core = (thread: GreenThread): ThreadCore => thread[CORE];

/** What the hub does at once is no yield point, and no pin where a fiber makes the call. */
const atOnce = <A extends unknown[], R>(name: string, work: (...args: A) => R) =>
  defineBlocking(name, work, { uninterrupted: true });

const inspectCall = atOnce('thread.inspect', (thread: GreenThread): Snapshot => snapshot(thread));
const endCall = defineBlocking('thread.end', (thread: GreenThread) => whenEnded(thread, snapshot), {
  contextFree: true,
});
const createCall = atOnce('thread.create', (url: string, options: ThreadOptions) => {
  const thread = new GreenThread(new URL(url), options);
  // The handle goes along so that the hub knows that this Worker holds the thread.
  return [thread, snapshot(thread)] as const;
});
const startCall = atOnce('thread.start', (thread: GreenThread, ms: number) =>
  ms === 0 ? thread.start() : thread.startLater(ms),
);
const killCall = atOnce('thread.beginKill', (thread: GreenThread, options: KillOptions) =>
  core(thread).kill(options),
);
const observeCall = atOnce('thread.observe', (thread: GreenThread) => core(thread).observe());
const sendCall = atOnce('thread.send', (thread: GreenThread, message: unknown) =>
  thread.send(message),
);
const linkCall = atOnce(
  'thread.link',
  (thread: GreenThread, how: LinkMethod, target: LinkTarget<GreenThread>) => thread[how](target),
);

function snapshot(thread: GreenThread): Snapshot {
  const { id, name, kind, state, outcome } = core(thread);
  const known = { id, name, kind, state };
  if (!outcome) return known;
  return outcome.ok
    ? { ...known, ok: true, value: crossing(outcome.value) }
    : { ...known, ok: false, error: encodeError(outcome.error) };
}

/** Its messages are kept at the hub; from here they can only be added to. */
class RemoteMailbox extends Mailbox {
  readonly #core: RemoteCore;

  constructor(remote: RemoteCore) {
    super();
    this.#core = remote;
  }

  override put(message: unknown): void {
    sendCall(this.#core.thread, message);
  }
}

class RemoteCore implements ThreadCore {
  readonly id: number;
  readonly mailbox: Mailbox = new RemoteMailbox(this);
  thread!: GreenThread;
  #snapshot: Snapshot | undefined;
  #outcome: Outcome | undefined;
  linked: Linked<GreenThread> = null;
  #watching = false;
  #heard = false;

  constructor(id: number, known?: Snapshot) {
    this.id = id;
    this.#snapshot = known;
  }

  get referenceId(): number {
    return this.id;
  }

  get name(): string {
    return (this.#snapshot ?? this.#inspect()).name;
  }

  get local(): false {
    return false;
  }

  get kind(): ThreadKind {
    return (this.#snapshot ?? this.#inspect()).kind;
  }

  get state(): ThreadState {
    return this.#outcome ? 'ended' : this.#inspect().state;
  }

  get outcome(): Outcome | undefined {
    if (!this.#outcome) this.#inspect();
    return this.#outcome;
  }

  #inspect(): Snapshot {
    return this.#take(inspectCall(this.thread));
  }

  #take(now: Snapshot): Snapshot {
    this.#snapshot = now;
    if (now.state === 'ended') {
      this.#outcome = now.ok
        ? { ok: true, value: now.value }
        : { ok: false, error: now.error && decodeError(now.error) };
    }
    return now;
  }

  start(): void {
    startCall(this.thread, 0);
  }

  startLater(ms: number): void {
    startCall(this.thread, ms);
  }

  kill(options: KillOptions): void {
    // Who begins a kill does not wait, so a signal has nothing to end.
    const { reason, timeout, force } = options;
    killCall(this.thread, { reason, timeout, force });
  }

  link(callback: Link<GreenThread>): void {
    if (this.#heard) {
      addLateLink(this, callback, this.thread);
      return;
    }
    addLink(this, callback);
    if (this.#watching) return;
    this.#watching = true;
    // The callbacks run when this Worker's loop turns; a parked Worker hears of the end by `join` instead.
    // How it ended comes along: a callback may run when there is nobody left here in whose name it could ask.
    endCall.async(this.thread).then(
      (ended) => this.#hear(ended),
      // What it returned could not be sent.
      (error: Partial<CoppiceError>) => {
        if (error.code === 'ERR_COPPICE_NOT_CLONEABLE') this.#hear();
      },
    );
  }

  #hear(ended?: Snapshot): void {
    if (ended) this.#take(ended);
    this.#heard = true;
    fireLinks(this, this.thread);
  }

  unlink(callback: Link<GreenThread>): void {
    removeLink(this, callback);
  }

  linkTarget(how: LinkMethod, target: LinkTarget<GreenThread>): void {
    linkCall(this.thread, how, target);
  }

  observe(): void {
    observeCall(this.thread);
  }
}

/** This Worker's handle for a thread of the hub. */
export function remoteThread(id: number): GreenThread {
  return faceOf(`thread:${id}`, () => makeRemote(id));
}

function makeRemote(id: number): GreenThread {
  const remote = new RemoteCore(id);
  return (remote.thread = threadFor(remote));
}

registerSharedKind('thread', makeRemote);

/** Makes the objects of the hub usable in this Worker. `onDropped` is told of those that nobody here holds any more. */
export function serveRemoteObjects(onDropped: (reference: string, receipts: number) => void): void {
  reportDropped(onDropped);
  serveFaces((kind, id, makeFace) => receiveFace(`${kind}:${id}`, () => makeFace(id)));
  registerCoreFactory((thread, target, options) => {
    const url = moduleUrl(target);
    if (url === undefined) return undefined;
    const [, known] = createCall(url, options);
    const remote = new RemoteCore(known.id, known);
    remote.thread = thread;
    adoptFace(`thread:${known.id}`, thread);
    return remote;
  });
}
