/**
 * The compiler, and what analyses programs: all that is needed only where a text has to be parsed, which on a cached
 * start none has. In the built package it is a script of its own, `compiler.cjs`, which the first call of one of these
 * loads (tsup.config.ts); so they are functions, all of them.
 */
export { closeWorld, mayBlock, worldFrom } from '../analyze/closed-world.ts';
export { collectFacts } from '../analyze/facts.ts';
export { findReach } from '../analyze/reach.ts';
export { callAt, parseSource } from '../compile/ast.ts';
export { compile } from '../compile/compile.ts';
