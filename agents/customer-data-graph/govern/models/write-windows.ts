/** Puts approved windows into cohortium.yaml, with its comments and everything else left as they are. */
import { readFileSync } from 'node:fs';

import { isMap, parseDocument } from 'yaml';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { replaceFile } from './model-files.ts';
import type { ModelWindows, WindowsChange } from './model-interface.ts';

/** What stands in cohortium.yaml where it says nothing. */
const shipped = { historyMonths: 9, predMonths: 6 } as const;

/**
 * Only where the file has the windows that were to be replaced: who changed them by hand since meant to.
 * @returns whether they are in the file now
 * @throws {CohortiumError} CONFIG_INVALID when the file cannot be read
 */
export function writeWindows(path: string, { before, after }: WindowsChange): boolean {
  const document = parseDocument(readFileSync(path, 'utf8'));
  if (document.errors.length > 0 || !isMap(document.contents)) {
    throw new CohortiumError('CONFIG_INVALID', `${path} cannot be read; mend it, then approve again to bring the windows in`);
  }
  const has = (windows: ModelWindows): boolean =>
    (['historyMonths', 'predMonths'] as const).every((name) => (document.getIn(['champion', name]) ?? shipped[name]) === windows[name]);
  if (has(after)) return true;
  if (!has(before)) return false;
  for (const name of ['historyMonths', 'predMonths'] as const) document.setIn(['champion', name], after[name]);
  replaceFile(path, document.toString({ lineWidth: 0 }));
  return true;
}
