/**
 * `coppice/register`: `node --import coppice/register app.js` compiles the program as it is loaded.
 */
// First of all.
import { keepCode } from './start.ts';
import './fiber-runtime.ts';
import { endAfter, endOnSignals, RUN_VARIABLE, type RunSettings } from './cli/ending.ts';
import { printInfoOn } from './cli/info.ts';
import { installLoader } from './fiber/load/install.ts';
import { readLoadOptions } from './fiber/load/options.ts';
import { seedScheduler } from './index.ts';

const at = (file: string): string => new URL(file, import.meta.url).href;

const options = readLoadOptions();
installLoader(options, at('./fiber-runtime.js'), at('./fiber-loader.js'));
keepCode();
if (options.seed !== undefined) seedScheduler(options.seed);

const run = process.env[RUN_VARIABLE];
if (run) {
  // For this program only, not for what it starts.
  delete process.env[RUN_VARIABLE];
  const { script, timeout, infoOn } = JSON.parse(run) as RunSettings;
  endOnSignals();
  if (timeout !== undefined) endAfter(timeout, script);
  if (infoOn !== undefined) printInfoOn(infoOn);
}
