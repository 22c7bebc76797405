/**
 * A real database whose connections are killed under its callers. Needs PostgreSQL: run it with DATABASE_URL.
 */
import { blocking, wrap } from 'coppice';
import { afterAll, describe, expect, test } from 'vitest';
import { fixture } from '../support.ts';

const db = blocking(fixture('postgres-db.mjs'));
const jobs = wrap(fixture('postgres-jobs.mjs'));
const asleep =
  "select pid from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'";

describe.skipIf(process.env['DATABASE_URL'] === undefined)('a query', () => {
  afterAll(async () => void (await db['closeAsync']!()));

  test('whose connection is killed throws that, and the next one works', async () => {
    const thread = jobs['goesOn']!({});
    let killed: unknown[] = [];
    while (killed.length === 0) {
      killed = (await db['queryAsync']!(
        `select pg_terminate_backend(pid) from (${asleep}) as sleeper`,
      )) as unknown[];
    }
    // admin_shutdown
    expect(await thread).toEqual([true, '57P01', [{ one: 1 }]]);
  });

  test('that takes too long is ended by its limit, and the next one works', async () => {
    expect(await jobs['goesOn']!({ timeout: 50 })).toEqual([
      true,
      'ERR_COPPICE_TIMEOUT',
      [{ one: 1 }],
    ]);
  });
});
