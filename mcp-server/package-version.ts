/** The version of this package, for `--version` and for clients of the server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** From package.json, which is one folder higher when this file runs from dist. */
export function packageVersion(): string {
  for (const up of ['..', '../..']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, up, 'package.json'), 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
    } catch {
      // Not here: look higher.
    }
  }
  return '0.0.0';
}
