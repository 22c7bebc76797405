/**
 * What a job leaves behind in its Worker may run on, but has nobody in whose name it could call: see job.ts.
 */
import { CoppiceError } from '../core/errors.ts';

export function endedError(): CoppiceError {
  return new CoppiceError(
    'ERR_COPPICE_KILLED',
    'The green thread that made this call has ended. Make the call, and wait for it, before it ends.',
  );
}
