/**
 * Brings a reviews.db of before signed decisions up to date, once. Cases have other keys since, and nobody signed what was decided, so
 * nothing of it answers a case: what comes again is opened anew. The old rows stay where they were, under another name.
 */
import type { Database } from './open-database.ts';
import { explainSqlite } from './open-database.ts';

export function migrateReviews(database: Database, path: string): void {
  const isOld = database.prepare(`SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'review'`).get() !== undefined;
  if (isOld) explainSqlite(path, () => database.exec('ALTER TABLE review RENAME TO review_before_signatures'));
}
