/** What compiled ES modules import. Loading it makes the runtime. */
import { installRuntime } from './fiber/runtime/install.ts';

installRuntime();

export * from './fiber/runtime/index.ts';
