/**
 * `coppice/register`: `node --import coppice/register app.js` compiles the program as it is loaded.
 */
// First of all.
import { keepCode } from './start.ts';
import './fiber-runtime.ts';
import { INFO_VARIABLE, printInfoOn } from './cli/info.ts';
import { installLoader } from './fiber/load/install.ts';
import { readLoadOptions } from './fiber/load/options.ts';
import { seedScheduler } from './index.ts';

const at = (file: string): string => new URL(file, import.meta.url).href;

const options = readLoadOptions();
installLoader(options, at('./fiber-runtime.js'), at('./fiber-loader.js'));
keepCode();
if (options.seed !== undefined) seedScheduler(options.seed);

const infoOn = process.env[INFO_VARIABLE];
if (infoOn) {
  // For this program only, not for what it starts.
  delete process.env[INFO_VARIABLE];
  printInfoOn(infoOn);
}
