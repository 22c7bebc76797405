/**
 * What `coppice/register` does before anything of the library is loaded. An entry of its own, since an ES module runs
 * only after all that it imports.
 */
import { beginLoaderThread } from './fiber/load/begin-loader-thread.ts';
import { giveKeptCode, keepCode } from './fiber/load/library-code.ts';
import { OPTIONS_VARIABLE } from './fiber/load/options-variable.ts';

beginLoaderThread();
// What else the variable says, and whether it can be understood, is looked at when the library is there.
if (!/"cache"\s*:\s*false/.test(process.env[OPTIONS_VARIABLE] ?? '')) giveKeptCode();

export { keepCode };
