/** Pinning one thread to one core, where the system can: Linux, with `taskset`. */
import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** Keeps the calling thread on a core; `undefined` leaves it where it is. */
export function pin(core) {
  if (core === undefined) return;
  const thread = readlinkSync('/proc/thread-self').split('/').pop();
  execFileSync('taskset', ['-cp', String(core), thread], { stdio: 'ignore' });
}

/** The cores that this process may use; none where threads cannot be pinned. */
export function pinnableCores() {
  try {
    execFileSync('taskset', ['-V'], { stdio: 'ignore' });
    const [, list] = /^Cpus_allowed_list:\s*(.*)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return list.split(',').flatMap((range) => {
      const [first, last = first] = range.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });
  } catch {
    return [];
  }
}
