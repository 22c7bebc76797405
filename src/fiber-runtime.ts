/** What compiled ES modules import. With the index, so that all entries of the package share one file of code. */
import './index.ts';

export * from './fiber/runtime/entry.ts';
