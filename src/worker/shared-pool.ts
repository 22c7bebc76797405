/**
 * What a program can say of the Workers that its green threads share.
 */
import { checkOptions } from '../core/errors.ts';
import { sharedPool, type PoolSettings, type PoolStatistics } from './pool.ts';

/**
 * Changes how many Workers the green threads share. Settings that are not given stay as they are.
 *
 * @throws {CoppiceError} `ERR_COPPICE_INVALID_ARGUMENT`.
 * @example
 * configure({ maxWorkers: 16 });
 */
export function configure(settings: PoolSettings): void {
  checkOptions(settings, 'configure()', ['maxWorkers', 'idleTimeout']);
  sharedPool.configure(settings);
}

/**
 * Starts Workers ahead of need, so that the next `count` spawns find warm ones.
 *
 * @example
 * prewarm(4);
 */
export function prewarm(count: number): void {
  sharedPool.prewarm(count);
}

/** How many Workers the green threads share at present, and who waits for one. */
export function poolStatistics(): PoolStatistics {
  return sharedPool.statistics;
}
