/**
 * Runs the built command, or a program, as a user would: as a child process.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const BIN = fileURLToPath(new URL('../../dist/bin.js', import.meta.url));

export function script(name: string): string {
  return fileURLToPath(new URL(`../fixtures/scripts/${name}`, import.meta.url));
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Options {
  readonly input?: string;
  readonly cwd?: string;
  /** Called each time something was printed. */
  readonly onOutput?: (stdout: string, child: ReturnType<typeof spawn>) => void;
}

/** Runs Node with these arguments and waits for its end. */
export function node(
  args: readonly string[],
  { input = '', cwd, onOutput }: Options = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { ...(cwd ? { cwd } : {}), stdio: 'pipe' });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString();
      onOutput?.(stdout, child);
    });
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.end(input);
  });
}

/** Runs `coppice` with these arguments. */
export function coppice(args: readonly string[], options?: Options): Promise<Ended> {
  return node([BIN, ...args], options);
}
