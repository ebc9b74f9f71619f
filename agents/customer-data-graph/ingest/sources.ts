/**
 * Who may send events over HTTP: one YAML file per source in registries/sources, each with a write key of its own. Without a
 * file there is one source, `default`. Refuses keys that two sources share, since a key says who sends.
 */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';

import { z } from 'zod';

import { readDeclarations, yamlFilesIn } from '../../../registries/yaml-folder.ts';
import { CohortiumError, formatDiagnostic } from '../../../skills/sdk/index.ts';
import { readSecret } from '../../adapters/files/secret-file.ts';

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected');
const place = z.string().trim().min(1).max(200).optional();

export const sourceSchema = z.strictObject({
  id: name.describe('Name of the source; the file has the same name.'),
  kind: z
    .enum(['sdk', 'cloud-events', 'any'])
    .default('any')
    .describe('Which doors its key opens: /v1/track and the like, /v1/events, or both.'),
  writeKeyEnv: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]*$/)
    .optional()
    .describe('Environment variable with the write key; otherwise one is made and kept with the keys.'),
  location: place.describe('Location of events that name none.'),
  channel: place.describe('Channel of events that name none.'),
  brand: place.describe('Brand of events that name none.'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as EUR was expected')
    .optional()
    .describe('Currency of amounts that name none, ISO 4217; that of cohortium.yaml when absent.'),
});

export type Source = z.infer<typeof sourceSchema>;

/**
 * Reads every source of a folder, in the order of their ids; the one called `default` when there is none.
 * @throws {CohortiumError} SOURCE_INVALID with every fault of every file
 */
export function readSources(folder: string): readonly Source[] {
  const read = readDeclarations(folder, yamlFilesIn(folder), 'registries/sources', sourceSchema, 'SOURCE_INVALID');
  const diagnostics = read.flatMap((declaration) => declaration.diagnostics);
  const sources = read.flatMap(({ value }) => (value ? [value] : []));
  const [first] = diagnostics;
  if (first) throw new CohortiumError('SOURCE_INVALID', formatDiagnostic(first), { diagnostics });
  return sources.length > 0 ? sources : [{ id: 'default', kind: 'any' }];
}

export interface KeyedSource {
  readonly source: Source;
  /** Where its write key stands, for a person to read; null when it came from the environment. */
  readonly keyFile: string | null;
  readonly isNewKey: boolean;
}

/** Sources with their keys, of which only digests are kept. */
export class SourceKeys {
  readonly sources: readonly KeyedSource[];
  readonly #digests: readonly Buffer[];

  /**
   * Reads the key of every source, and makes those that are absent.
   * @param keys folder of the key files
   * @throws {CohortiumError} SOURCE_INVALID when a key is not usable, can be read by others, or belongs to two sources
   */
  constructor(sources: readonly Source[], keys: string, environment: Readonly<Record<string, string | undefined>>) {
    const owners = new Map<string, string>();
    const digests: Buffer[] = [];
    this.sources = sources.map((source) => {
      const { text, file, isNew } = readSecret({
        file: join(keys, `write-key-${source.id}`),
        fromEnvironment: source.writeKeyEnv === undefined ? undefined : environment[source.writeKeyEnv],
        variable: source.writeKeyEnv ?? '',
        make: newWriteKey,
        code: 'SOURCE_INVALID',
      });
      const owner = owners.get(text);
      if (owner !== undefined) {
        throw new CohortiumError('SOURCE_INVALID', `sources '${owner}' and '${source.id}' have the same write key; give each its own`);
      }
      owners.set(text, source.id);
      digests.push(digest(text));
      return { source, keyFile: file, isNewKey: isNew };
    });
    this.#digests = digests;
  }

  /** The source of a key. Takes the same time for every wrong key. */
  sourceOf(writeKey: string): Source | undefined {
    const sent = digest(writeKey);
    let found: Source | undefined;
    // No early end: how long it takes must not say which source came close.
    for (const [index, own] of this.#digests.entries()) {
      if (timingSafeEqual(sent, own)) found = this.sources[index]?.source;
    }
    return found;
  }
}

/** 24 of 36 characters, 124 bits, after a `c`: some SDKs only send keys of this length and beginning, or ones with a colon. */
function newWriteKey(): string {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';
  return `c${Array.from({ length: 24 }, () => alphabet[randomInt(alphabet.length)]).join('')}`;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
