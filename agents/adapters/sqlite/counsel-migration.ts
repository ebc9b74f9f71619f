/**
 * Brings a reviews.db of before signed decisions up to date, once: what was decided answers its case as before, until the case has
 * another key; what was open is opened anew by the next run, with the rules and clocks that sent it. The old rows stay where they were, under another name.
 */
import type { Database } from './open-database.ts';
import { explainSqlite } from './open-database.ts';

export function migrateReviews(database: Database, path: string): void {
  const isOld = database.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'review'`).get() !== undefined;
  if (!isOld) return;
  explainSqlite(path, () =>
    database.exec(`
      BEGIN IMMEDIATE;
      INSERT OR IGNORE INTO counsel_inherited (case_key, review, status, by, note)
        SELECT case_key, id, status, coalesce(decided_by, ''), coalesce(note, '') FROM review WHERE status IN ('approved', 'rejected');
      ALTER TABLE review RENAME TO review_before_signatures;
      COMMIT`),
  );
}
