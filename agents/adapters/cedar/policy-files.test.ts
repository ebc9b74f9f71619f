import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { afterEach, describe, expect, it } from 'vitest';

import { formatDiagnostic, isCohortiumError } from '../../../skills/sdk/index.ts';
import { checkPolicyFolder, readPolicyFolder } from './policy-files.ts';

const schema = `type Facts = { age: Long, member: Bool };
entity Customer; entity Sink;
action "offers", "credit" appliesTo { principal: [Customer], resource: [Sink], context: Facts };
`;
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

async function faults(policy: string, facts = schema): Promise<string[]> {
  const folder = folderWith({ 'p.cedar': policy, 'facts.cedarschema': facts });
  const { diagnostics } = await checkPolicyFolder(folder);
  return diagnostics.map((diagnostic) => formatDiagnostic(diagnostic).replaceAll(`${basename(folder)}/`, ''));
}

describe('a policies folder', () => {
  it('gives rules with annotations, facts, purposes and line', async () => {
    const text = `${good}\n${good.replace('"a"', '"b"').replace('action,', 'action == Action::"credit",')}`;
    const { rules, facts, purposes } = await readPolicyFolder(folderWith({ 'p.cedar': text, 'facts.cedarschema': schema }));
    expect(facts).toEqual({ age: 'Long', member: 'Bool' });
    expect(purposes).toEqual(['credit', 'offers']);
    expect(rules.map(({ id, line, facts: read, purposes: of }) => [id, line, read, of])).toEqual([
      ['a', 2, ['member'], null],
      ['b', 11, ['member'], ['credit']],
    ]);
    expect(rules[0]).toMatchObject({ outcome: 'fail', anchor: 'privacy', citation: '§ 1', remedy: 'Stop.', effectiveFrom: null });
  });

  it('has a digest of names and texts that does not hang on anything else', async () => {
    const digest = async (files: Readonly<Record<string, string>>): Promise<string> => (await readPolicyFolder(folderWith(files))).digest;
    const first = await digest({ 'p.cedar': good, 'facts.cedarschema': schema });
    expect(await digest({ 'facts.cedarschema': schema, 'p.cedar': good, 'README.md': 'not a policy' })).toBe(first);
    expect(await digest({ 'q.cedar': good, 'facts.cedarschema': schema })).not.toBe(first);
    expect(await digest({ 'p.cedar': `${good}\n`, 'facts.cedarschema': schema })).not.toBe(first);
  });

  it('is refused when absent, empty or without a schema', async () => {
    await expect(readPolicyFolder('/nowhere')).rejects.toMatchObject({ code: 'POLICY_NOT_FOUND' });
    await expect(readPolicyFolder(folderWith({}))).rejects.toMatchObject({ code: 'POLICY_NOT_FOUND' });
    await expect(readPolicyFolder(folderWith({ 'p.cedar': good }))).rejects.toThrow('facts.cedarschema');
  });

  it('throws one error that names the first place and counts the others', async () => {
    const folder = folderWith({ 'p.cedar': 'forbid x', 'q.cedar': good.replace('fail', 'no'), 'facts.cedarschema': schema });
    const error: unknown = await readPolicyFolder(folder).catch((thrown: unknown) => thrown);
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
    ['a repeated id', good + good, "@id 'a' stands also at p.cedar:2"],
    ['a template', `${good}${notes}forbid (principal == ?principal, action, resource);`, 'templates'],
  ])('is %s', async (_name, policy, message) => {
    expect((await faults(policy)).join('\n')).toContain(message);
  });

  it.each([
    ['an optional fact', schema.replace('age:', 'age?:'), "fact 'age' is optional"],
    ['a fact of another type', schema.replace('Long', 'Set<Long>'), "fact 'age' must be String, Long or Bool"],
    ['a schema without facts', schema.replaceAll('Facts', 'Things'), 'type Facts'],
    ['a schema that does not parse', 'entity Customer', 'facts.cedarschema:1:16'],
    ['a group of purposes', `${schema}action "x"; action "y" in "x";`, "purpose 'y' is in a group"],
  ])('is %s', async (_name, facts, message) => {
    expect((await faults(good, facts)).join('\n')).toContain(message);
  });
});
