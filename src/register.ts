/**
 * `coppice/register`: `node --import coppice/register app.js` compiles the program as it is loaded.
 */
import './fiber-runtime.ts';
import { INFO_VARIABLE, printInfoOn } from './cli/info.ts';
import { installLoader } from './fiber/load/install.ts';

// In the package all entries lie side by side; in the sources they lie where they belong.
const built = !import.meta.url.endsWith('.ts');
const runtime = new URL(built ? './fiber-runtime.js' : './fiber-runtime.ts', import.meta.url);
const thread = new URL(
  built ? './fiber-loader.js' : './fiber/load/loader-thread.ts',
  import.meta.url,
);

installLoader(runtime.href, thread.href);

const infoOn = process.env[INFO_VARIABLE];
if (infoOn) {
  // For this program only, not for what it starts.
  delete process.env[INFO_VARIABLE];
  printInfoOn(infoOn);
}
