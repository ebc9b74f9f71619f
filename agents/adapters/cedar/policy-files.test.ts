import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { formatDiagnostic, isCohortiumError } from '../../../skills/sdk/index.ts';
import { smallLaw } from '../../../test/fixtures/small-law.ts';
import type { PolicyBundle } from '../../customer-data-graph/law/bundle.ts';
import { checkBundle, readBundle } from './policy-files.ts';

const law = smallLaw({ age: 'integer', member: 'boolean' });
const notes = '@id("a")\n@outcome("fail")\n@anchor("privacy")\n@citation("§ 1")\n@remedy("Stop.")\n';
const good = `// ünïcode\n${notes}forbid (principal, action, resource)\nwhen { context.member };\n`;

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'policies-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
}

const read = (files: Readonly<Record<string, string>>): Promise<PolicyBundle> => readBundle({ directory: folderWith(files), law });

async function faults(policy: string, facts?: string): Promise<string[]> {
  const folder = folderWith({ 'p.cedar': policy, ...(facts === undefined ? {} : { 'facts.yaml': facts }) });
  const { diagnostics } = await checkBundle({ directory: folder, law });
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic).replaceAll(`${basename(folder)}/`, ''));
}

describe('a policies folder', () => {
  it('gives rules with annotations, facts, purposes, condition and line', async () => {
    const text = `${good}\n${good.replace('"a"', '"b"').replace('action,', 'action == Action::"credit",')}`;
    const { rules } = await read({ 'p.cedar': text });
    expect(rules.map(({ id, line, facts, purposes }) => [id, line, facts, purposes])).toEqual([
      ['a', 2, ['member'], null],
      ['b', 11, ['member'], ['credit']],
    ]);
    expect(rules[0]).toMatchObject({
      outcome: 'fail',
      anchor: 'privacy',
      citation: '§ 1',
      remedy: 'Stop.',
      effectiveFrom: null,
      regime: null,
      condition: { kind: 'one-of', fact: 'member', values: [true] },
    });
  });

  it("knows the operator's own facts beside those of the law", async () => {
    const facts = 'facts:\n  branch: { type: text, of: use, values: [north, south], says: Which branch. }\n';
    const { rules, facts: known } = await read({
      'p.cedar': good.replace('context.member', 'context.branch == "north"'),
      'facts.yaml': facts,
    });
    expect(rules[0]?.facts).toEqual(['branch']);
    expect(Object.keys(known)).toEqual(['age', 'member', 'branch']);
  });

  it('has a digest of names and texts that does not hang on anything else', async () => {
    const digest = async (files: Readonly<Record<string, string>>): Promise<string> => (await read(files)).digest;
    const first = await digest({ 'p.cedar': good });
    expect(await digest({ 'p.cedar': good, 'README.md': 'not a policy' })).toBe(first);
    expect(await digest({ 'q.cedar': good })).not.toBe(first);
    expect(await digest({ 'p.cedar': `${good}\n` })).not.toBe(first);
  });

  it('may hold no policy, but is refused when it is gone: what was in it could not be told', async () => {
    expect((await read({})).rules).toEqual([]);
    await expect(readBundle({ directory: '/nowhere', law })).rejects.toMatchObject({ code: 'POLICY_NOT_FOUND' });
  });

  it('throws one error that names the first place and counts the others', async () => {
    const error: unknown = await read({ 'p.cedar': 'forbid x', 'q.cedar': good.replace('fail', 'no') }).catch((thrown: unknown) => thrown);
    expect(isCohortiumError(error) && error.code).toBe('POLICY_INVALID');
    expect(String(error)).toMatch(/p\.cedar:1:8: .* \(and 1 more\)$/);
  });
});

describe('a fault in a policy', () => {
  it('is placed in characters, not bytes', async () => {
    expect(await faults('// §§§\nforbid (principal action, resource);')).toEqual([
      expect.stringMatching(/^p\.cedar:2:19: error POLICY_INVALID: unexpected token `action`/),
    ]);
  });

  it('is a misspelt fact, with a proposal', async () => {
    const found = await faults(good.replace('member', 'membr'));
    expect(found).toEqual([expect.stringMatching(/^p\.cedar:8:8: error POLICY_INVALID: .*membr.*did you mean `member`/)]);
  });

  it('is a purpose that is not declared', async () => {
    expect((await faults(good.replace('action,', 'action == Action::"sale",')))[0]).toMatch(/sale/);
  });

  it('is a comparison of the wrong type', async () => {
    expect((await faults(good.replace('context.member', 'context.age == "1"')))[0]).toMatch(/^p\.cedar:8:/);
  });

  it.each([
    ['a permit', good.replace('forbid', 'permit'), 'must be a forbid'],
    ['a missing citation', good.replace('@citation("§ 1")\n', ''), '@citation is missing'],
    ['an annotation nobody knows', good.replace('@remedy', '@effectiveform("2026-01-01")\n@remedy'), 'unknown annotation @effectiveform'],
    ['an outcome nobody knows', good.replace('"fail"', '"deny"'), "found 'deny'"],
    ['an anchor nobody knows', good.replace('"privacy"', '"tax"'), "found 'tax'"],
    ['a day that does not exist', `@effectiveFrom("2026-02-30")${good.replace(/^.*\n/, '')}`, "found '2026-02-30'"],
    ['an end before its beginning', `@effectiveFrom("2026-02-01")@effectiveTo("2026-01-01")${good.replace(/^.*\n/, '')}`, 'is before'],
    ['a test for absence', good.replace('context.member', 'context has member && context.member'), 'must not test'],
    ['about one customer', good.replace('(principal,', '(principal == Customer::"c-1",'), 'must not name a principal'],
    ['about one customer, in a condition', good.replace('context.member', 'principal == Customer::"c-1"'), 'must not name a principal'],
    ['about the context as a whole', good.replace('context.member', 'context == {member: true}'), 'fact by fact'],
    ['a repeated id', good + good, "@id 'a' stands also at p.cedar:2"],
    ['a template', `${good}${notes}forbid (principal == ?principal, action, resource);`, 'templates'],
  ])('is %s', async (_name, policy, message) => {
    expect((await faults(policy)).join('\n')).toContain(message);
  });

  it.each([
    ['a fact of the law declared again', 'facts:\n  age: { type: integer, of: use, says: Years. }\n', "fact 'age' comes with the gate"],
    ['a fact of a type that is none', 'facts:\n  x: { type: decimal, of: use, says: No. }\n', 'type'],
    ['values of what is no text', 'facts:\n  x: { type: integer, of: use, values: ["1"], says: No. }\n', 'values are of texts'],
    ['facts that do not parse', 'facts: [', 'facts.yaml:'],
  ])('is %s', async (_name, facts, message) => {
    expect((await faults(good, facts)).join('\n')).toContain(message);
  });
});
