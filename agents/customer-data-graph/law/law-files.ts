/** Which files of a folder are law. */
import { existsSync, readdirSync } from 'node:fs';

import { compareText } from '../../../skills/sdk/index.ts';

/** Files of the folder that are law, relative to it, in order. */
export function lawFiles(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => name.endsWith('.yaml'))
    .sort(compareText);
}
