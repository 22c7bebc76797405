/**
 * `coppice/register`: `node --import coppice/register app.js` compiles the program as it is loaded.
 */
import './fiber-runtime.ts';
import { INFO_VARIABLE, printInfoOn } from './cli/info.ts';
import { installLoader } from './fiber/load/install.ts';

const at = (file: string): string => new URL(file, import.meta.url).href;

installLoader(at('./fiber-runtime.js'), at('./fiber-loader.js'));

const infoOn = process.env[INFO_VARIABLE];
if (infoOn) {
  // For this program only, not for what it starts.
  delete process.env[INFO_VARIABLE];
  printInfoOn(infoOn);
}
