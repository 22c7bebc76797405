#!/usr/bin/env node
/** The command `coppice`. */
import { main } from './cli/main.ts';

await main(process.argv.slice(2));
