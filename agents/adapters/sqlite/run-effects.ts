/** Inputs and outputs of the effects of all runs, as text, for who looks for what tables belong together. Reads only. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { openDatabase } from './open-database.ts';

export interface EffectTexts {
  readonly runId: string;
  readonly input: string;
  readonly output: string;
}

/** @param directory state folder */
export function effectTexts(directory: string): readonly EffectTexts[] {
  const path = join(directory, 'runs.db');
  if (!existsSync(path)) return [];
  const database = openDatabase(path, '', { readonly: true });
  try {
    return database.prepare<[], EffectTexts>('SELECT run_id AS runId, input, output FROM effect ORDER BY place').all();
  } finally {
    database.close();
  }
}
