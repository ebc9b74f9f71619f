/** Marks an erasure as done in every store, so that an older copy that is put back shows, and forgets whom it was about. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { listObjects } from '../../adapters/files/object-list.ts';
import { openErasureJournal } from '../../adapters/sqlite/erase-journal.ts';
import { erasureStamp, setErasureStamp } from '../../adapters/sqlite/erase-stamp.ts';
import { erasuresOnRecord } from '../../adapters/sqlite/ledger/erasures-on-record.ts';
import type { OperatorPaths } from '../config.ts';
import type { Finding } from './eraser-interface.ts';
import { databasesOf, rewrittenFile } from './erasers.ts';

/** @param erased what went, by store @param paths of the operator directory */
export function settleStores(paths: OperatorPaths, { id, erased }: { readonly id: string; readonly erased: readonly Finding[] }): void {
  const { completed } = erasuresOnRecord(paths.state);
  for (const name of stampedStores(paths.state)) setErasureStamp(join(paths.state, name), completed.length);
  listObjects(join(paths.state, 'content'), completed.length);
  const files = erased.filter(({ what, store }) => what === 'rows' && existsSync(join(paths.directory, store)));
  const journal = openErasureJournal(paths.state);
  try {
    const rewritten = files.map(({ store }) => rewrittenFile(paths.directory, store));
    journal.finish(id, rewritten);
  } finally {
    journal.close();
  }
}

/** Files with a stamp: all that erasers write in. */
export function stampedStores(state: string): readonly string[] {
  return [...(existsSync(join(state, 'inbox.db')) ? ['inbox.db'] : []), ...databasesOf(state)];
}

/** Whether a store has not been through as many erasures as the ledger has. A file without a byte is about to be made, and has nobody. */
export function isBehind(state: string, name: string, erasures: number): boolean {
  const path = join(state, name);
  return (erasureStamp(path) ?? 0) !== erasures && statSync(path).size > 0;
}
