/** What is read of a folder of declarations, and what is said of what is wrong there. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { readDeclarations, yamlFilesIn } from './yaml-folder.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'yaml-folder-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const schema = z.strictObject({ id: z.string(), size: z.int() });
const read = () => readDeclarations(folder, yamlFilesIn(folder), 'registries/things', schema, 'CONFIG_INVALID');

describe('a folder of declarations', () => {
  it('is read in the order of names, without what is no YAML', () => {
    for (const id of ['b', 'a', 'B']) writeFileSync(join(folder, `${id}.yaml`), `id: ${id}\nsize: 1\n`);
    writeFileSync(join(folder, 'notes.txt'), 'id: c\n');
    expect(read().map(({ value }) => value?.id)).toEqual(['B', 'a', 'b']);
  });

  it('has nothing when it is not there', () => {
    expect(yamlFilesIn(join(folder, 'absent'))).toEqual([]);
  });

  it('says every fault of every file, with its place', () => {
    writeFileSync(join(folder, 'a.yaml'), 'id: other\nsize: 1\n');
    writeFileSync(join(folder, 'b.yaml'), 'id: b\nsize: many\ncolour: red\n');
    const found = read();
    expect(found.map(({ value, isNamedRight }) => [value?.id, isNamedRight])).toEqual([
      ['other', false],
      [undefined, true],
    ]);
    expect(found.flatMap(({ diagnostics }) => diagnostics.map(({ message, at }) => `${at?.file}:${at?.line} ${message}`))).toEqual([
      "registries/things/a.yaml:1 id 'other' was expected to be the name of the file, 'a'",
      expect.stringMatching(/^registries\/things\/b\.yaml:2 size: /) as string,
      expect.stringMatching(/^registries\/things\/b\.yaml:3 unknown key 'colour'/) as string,
    ]);
  });
});
