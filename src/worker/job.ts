/**
 * Running one job inside a Worker: loading its module, calling it, and saying how it ended.
 *
 * Invariants: exactly one of DONE, THREW, or the Worker's own exit ends a run. The Worker offers itself for another job
 * (IDLE) only when the last one left nothing running: no timer, no socket; otherwise it is left alone to finish that,
 * and exits by itself.
 */
import { fileURLToPath } from 'node:url';
import { encodeError } from '../core/error-codec.ts';
import { CoppiceError } from '../core/errors.ts';
import { heap } from '../core/heap.ts';
import { loadModule } from './load-module.ts';
import { isThenable } from '../core/wait.ts';
import type { GreenThread } from '../hub/green-thread.ts';
import type { Parker } from './parker.ts';
import { provideSelf } from './provide-self.ts';
import { remoteThread } from './remote-core.ts';
import { registerTsx } from './tsx.ts';
import { Shared, ToHub, type Boot, type Job } from './protocol.ts';
import { compiledHere } from './shared-code.ts';
import { crossing, post, postPayload } from './wire.ts';

type AnyFunction = (...args: never[]) => unknown;

/** What a job calls. */
interface Target {
  readonly call: AnyFunction;
  /** What a CommonJS module exports is an object whose functions may need it, as `this`. */
  readonly self: unknown;
}

export class JobRunner {
  readonly #boot: Boot;
  readonly #parker: Parker;
  /** What keeps this Worker's loop alive when it has nothing to do. */
  #baseline: Resources | undefined;
  /** The functions that earlier jobs called, so that a warm start costs no import. */
  readonly #functions = new Map<string, Target>();
  /** Is there something in this Worker that must not meet another job? */
  #spoiled = false;
  #job: Job | undefined;
  #hooks: Promise<unknown> | undefined;
  #thread: GreenThread | undefined;

  constructor(boot: Boot, parker: Parker) {
    this.#boot = boot;
    this.#parker = parker;
  }

  /** The green thread whose job is under way. Kept until its end, because what is local to it hangs on the handle. */
  get thread(): GreenThread | undefined {
    if (this.#job) this.#thread ??= remoteThread(this.#job.thread);
    return this.#thread;
  }

  /** The id of the green thread whose job is under way; 0 when there is none. */
  get threadId(): number {
    return this.#job?.thread ?? 0;
  }

  run(job: Job): void {
    this.#baseline ??= countOf(resourcesWithoutImmediates());
    this.#job = job;
    this.#parker.beginRun(job.run);
    if (job.argv) {
      this.#runScript(job, job.argv);
      return;
    }
    const target = this.#functions.get(keyOf(job));
    if (target) this.#call(job, target);
    else void this.#loadAndCall(job);
  }

  /** A script is this Worker's main program from here on: it ends when the loop is empty, or by process.exit(). */
  #runScript(job: Job, argv: readonly string[]): void {
    const path = fileURLToPath(job.url);
    process.argv.splice(1, Infinity, path, ...argv);
    const begin = (): void => {
      this.#becomeScript(job);
      this.#parker.check();
      provideSelf(job.url);
      // Node's own way of starting a program: it decides between CommonJS and ESM and sets `require.main`.
      const { Module } = process.getBuiltinModule('node:module');
      (Module as unknown as { runMain(path: string): void }).runMain(path);
    };
    const hooks = registerTsx();
    if (hooks) hooks.then(begin, (error: unknown) => this.#threw(job, error));
    else begin();
  }

  #becomeScript(job: Job): void {
    post(this.#boot.port, [ToHub.SCRIPT, job.run]);
    this.#parker.becomeScript();
  }

  async #loadAndCall(job: Job): Promise<void> {
    let target: Target | undefined;
    this.#parker.goesOn();
    try {
      this.#parker.check();
      // A module that failed to load stays failed in this Worker, for whoever imports it next.
      this.#spoiled = true;
      target = await this.#load(job);
      this.#spoiled = false;
    } catch (error) {
      this.#threw(job, error);
      return;
    }
    if (target) {
      this.#functions.set(keyOf(job), target);
      this.#call(job, target);
    } else {
      this.#becomeScript(job);
    }
  }

  #call(job: Job, { call, self }: Target): void {
    try {
      this.#parker.check();
      // Its own fibers go on while it waits, if it is compiled; else it parks.
      const result = heap.enter
        ? heap.enter(call, self, job.args)
        : Reflect.apply(call, self, job.args as never);
      if (!isThenable(result)) this.#done(job, result);
      else {
        // As a promise that is resolved with itself: it would wait for its own end.
        if (result === this.#thread) throw new TypeError('A green thread cannot return itself.');
        this.#parker.goesOn();
        Promise.resolve(result).then(
          (value) => this.#done(job, value),
          (error: unknown) => this.#threw(job, error),
        );
      }
    } catch (error) {
      this.#threw(job, error);
    }
  }

  async #load(job: Job): Promise<Target | undefined> {
    this.#hooks ??= registerTsx();
    if (this.#hooks) await this.#hooks;
    const exports = await loadModule(job.url);
    const { exportName } = job;
    if (exportName === undefined) {
      const { default: call } = exports;
      if (typeof call === 'function') return { call: call as AnyFunction, self: undefined };
      // A script takes no arguments: whoever gives some means a function, and forgot to export it by default.
      if (job.args.length > 0) throw noDefault(job.url, exports);
      return undefined;
    }
    const { default: whole } = exports as { default?: Record<string, unknown> | null };
    const named = exports[exportName];
    const target = named ?? whole?.[exportName];
    const self = whole?.[exportName] === target ? whole : undefined;
    if (typeof target === 'function') return { call: target as AnyFunction, self };
    throw new CoppiceError(
      'ERR_COPPICE_NO_EXPORT',
      `${job.url} has no exported function "${exportName}". It exports: ${namesOf(exports)}.`,
    );
  }

  #done(job: Job, value: unknown): void {
    if (this.#job !== job) return;
    const idle = this.#rest(job);
    try {
      postPayload(this.#boot.port, [ToHub.DONE, job.run, idle, crossing(value)], {
        values: [value],
        nameOf: () => 'The return value',
      });
    } catch (error) {
      post(this.#boot.port, [ToHub.THREW, job.run, idle, encodeError(error)]);
    }
  }

  #threw(job: Job, error: unknown): void {
    if (this.#job !== job) return;
    const idle = this.#rest(job);
    post(this.#boot.port, [ToHub.THREW, job.run, idle, encodeError(error)]);
  }

  /** What the job awaits will never come, and it cannot be told: it ends with this error. */
  deadEnd(error: unknown): void {
    if (this.#job) this.#threw(this.#job, error);
  }

  /**
   * Is this Worker free for the next job? If not yet, it says so later.
   *
   * What a job left undone shows as an active resource, or as a rejection when this turn of the loop ends. The next job
   * cannot arrive before that; should the Worker die of it, the hub gives the job to another.
   */
  #rest(job: Job): boolean {
    this.#job = undefined;
    this.#thread = undefined;
    this.#parker.endRun();
    if (this.#isQuiet(process.getActiveResourcesInfo())) {
      this.#parker.rest();
      this.#shareCode();
      return true;
    }
    // Much of what a job leaves is over in a turn: a handle that is closing, a callback that is due.
    setImmediate(() => {
      const quiet = this.#isQuiet(resourcesWithoutImmediates());
      post(this.#boot.port, [quiet ? ToHub.IDLE : ToHub.LINGERS, job.run]);
      if (!quiet) this.#parker.releaseLoop();
    });
    return false;
  }

  /**
   * Once for all Workers, when there is nothing else to do: it takes some milliseconds. A Worker that is ended with its
   * job could be gone before it has said it, and then nobody would.
   */
  #shareCode(): void {
    const { shared, port, reusable } = this.#boot;
    if (!reusable || Atomics.load(shared, Shared.CODE) !== 0) return;
    setImmediate(() => {
      if (Atomics.exchange(shared, Shared.CODE, 1) !== 0) return;
      const compiled = compiledHere();
      if (compiled) post(port, [ToHub.CODE, compiled]);
    }).unref();
  }

  #isQuiet(resources: readonly string[]): boolean {
    const { ports, others } = countOf(resources);
    const baseline = (this.#baseline ??= { ports, others });
    // A port of Node's own keeps the loop while a module is being loaded: its place is nobody else's later.
    const left = ports - baseline.ports;
    baseline.ports = Math.min(ports, baseline.ports);
    return !this.#spoiled && left <= 0 && others <= baseline.others;
  }
}

interface Resources {
  ports: number;
  others: number;
}

function countOf(resources: readonly string[]): Resources {
  const ports = resources.filter((type) => type === 'MessagePort').length;
  return { ports, others: resources.length - ports };
}

/** What keeps the loop going, but for the look at it that is under way. */
function resourcesWithoutImmediates(): string[] {
  return process.getActiveResourcesInfo().filter((type) => type !== 'Immediate');
}

/** Its exports, for people. */
function namesOf(exports: object): string {
  // `require` of an ES module adds a name of its own.
  const names = Object.keys(exports).filter((name) => name !== '__esModule');
  return names.join(', ') || 'nothing';
}

function noDefault(url: string, exports: object): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_NO_EXPORT',
    `${url} has no default export that could be called with the arguments. Write "export default function", or call ` +
      `another export by wrap(). It exports: ${namesOf(exports)}.`,
  );
}

function keyOf({ url, exportName }: Job): string {
  return exportName === undefined ? url : `${url}\0${exportName}`;
}
