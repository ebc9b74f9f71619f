/**
 * The process whose power is cut, or that is killed: appends to a ledger, a few callers at a time, and writes down what it was told
 * before anything else happens.
 *
 * node ledger-worker.ts <directory> <first call> <calls> [normal]
 *
 * `normal` is the control: SQLite with synchronous=NORMAL, as better-sqlite3 has it in WAL mode unless told otherwise.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import SqliteDatabase from 'better-sqlite3';

import { appendCall, openCrashLedger } from '../fixtures/crash-ledger.ts';

const [directory = '.', first = '0', calls = '0', mode] = process.argv.slice(2);
/** Appends that wait for one another, so that they share transactions. */
const callers = 3;

if (mode === 'normal') {
  const prototype: Pick<SqliteDatabase.Database, 'pragma'> = SqliteDatabase.prototype;
  // oxlint-disable-next-line typescript/unbound-method -- it is bound again by the proxy
  prototype.pragma = new Proxy(prototype.pragma, {
    apply: (pragma, database, [source, ...rest]: Parameters<SqliteDatabase.Database['pragma']>) => {
      // What the ledger asks about it, and what it asks for.
      if (source === 'synchronous') return 2;
      return Reflect.apply(pragma, database, [source === 'synchronous = FULL' ? 'synchronous = NORMAL' : source, ...rest]);
    },
  });
}

const told = openSync(join(directory, 'told'), 'a');
const open = openCrashLedger(directory);
const end = Number(first) + Number(calls);
for (let call = Number(first); call < end; call += callers) {
  const group = Array.from({ length: Math.min(callers, end - call) }, (_, at) => call + at);
  await Promise.all(
    group.map(async (one) => {
      const acknowledgment = await appendCall(open, one);
      writeSync(told, `${JSON.stringify(acknowledgment)}\n`);
    }),
  );
}
await open.close();
