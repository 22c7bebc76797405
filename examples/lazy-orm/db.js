// Ordinary async code, but for the signal that tells it when nobody waits any more. It runs once, beside the main thread's
// loop, with one pool of five connections for everybody.
//
// With DATABASE_URL the pool is that of `pg`, and five queries really run at once in PostgreSQL. Without it PGlite (all
// of PostgreSQL, inside this process) is used, behind a pool of the same size. PGlite has one session and executes one
// query after the other, mostly within one turn of the loop, so that few of the five admitted ones are ever in flight.
import { callContext } from 'coppice';

const CONNECTIONS = 5;

let inFlight = 0;
let most = 0;
let count = 0;

const backend = process.env.DATABASE_URL ? postgres(process.env.DATABASE_URL) : pglite();

export async function query(sql, params = []) {
  // Aborted when whoever asks is killed or out of time. Asked for first: the context is that of the call.
  const signal = callContext()?.signal;
  const { connect } = await backend;
  const connection = await connect();
  const cancel = () => connection.cancel();
  try {
    // It may have been waiting for the connection for long.
    signal?.throwIfAborted();
    signal?.addEventListener('abort', cancel, { once: true });
    most = Math.max(most, ++inFlight);
    count++;
    try {
      return (await connection.query(sql, params)).rows;
    } finally {
      inFlight--;
      signal?.removeEventListener('abort', cancel);
    }
  } finally {
    connection.release();
  }
}

export async function statistics() {
  return { database: (await backend).name, connections: CONNECTIONS, queries: count, most };
}

export function resetStatistics() {
  most = 0;
  count = 0;
}

export async function close() {
  await (await backend).close();
}

async function postgres(connectionString) {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString, max: CONNECTIONS });
  // A connection that is lost while it is idle; the next query gets another.
  pool.on('error', () => {});
  return {
    name: 'PostgreSQL',
    async connect() {
      const client = await pool.connect();
      let released = false;
      const release = (close) => {
        if (!released) client.release(close);
        released = true;
      };
      return {
        query: (sql, params) => client.query(sql, params),
        release: () => release(false),
        // The connection is closed, and what it is busy with is given up.
        cancel: () => release(true),
      };
    },
    close: () => pool.end(),
  };
}

async function pglite() {
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create();
  const slots = semaphore(CONNECTIONS);
  return {
    name: 'PGlite',
    connect: async () => ({
      release: await slots.take(),
      query: (sql, params) => database.query(sql, params),
      // It runs to its end in one go; nothing could come between.
      cancel: () => {},
    }),
    close: () => database.close(),
  };
}

/** At most `free` holders at once; the others wait, first come, first served. */
function semaphore(free) {
  const waiting = [];
  const release = () => {
    const next = waiting.shift();
    if (next) next(release);
    else free++;
  };
  return {
    take() {
      if (free === 0) return new Promise((resolve) => waiting.push(resolve));
      free--;
      return Promise.resolve(release);
    },
  };
}
