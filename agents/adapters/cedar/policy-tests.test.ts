import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createMemoryContent } from '../../../test/fixtures/memory-content.ts';
import { createCedarEngine } from './cedar-engine.ts';
import { runPolicyTests } from './policy-tests.ts';

const defaults = join(import.meta.dirname, '..', '..', 'customer-data-graph', 'template', 'policies');
const engine = createCedarEngine({ directory: defaults, content: createMemoryContent() });
const given = 'policyTests: 1\ngiven: { asOf: 2026-11-20, purpose: analytics, sink: shop, facts: {} }\n';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'policy-tests-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

function write(text: string): string {
  const file = join(directory, 'a.test.yaml');
  writeFileSync(file, text);
  return file;
}

describe('a test file of policies', () => {
  it('passes for the default policies', async () => {
    const report = await runPolicyTests(engine, [join(defaults, 'policies.test.yaml')]);
    expect(report.cases.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.passed).toBe(7);
  });

  it('passes for the rule and the cases that the how-to page shows', async () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'how-to', 'write-a-policy.md'), 'utf8');
    const block = (language: string): string => new RegExp(`\\n\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
    cpSync(defaults, join(directory, 'policies'), { recursive: true });
    writeFileSync(join(directory, 'policies', 'offers.cedar'), block('cedar'));
    const own = createCedarEngine({ directory: join(directory, 'policies'), content: createMemoryContent() });
    const report = await runPolicyTests(own, [write(block('yaml')), join(defaults, 'policies.test.yaml')]);
    expect(report.cases.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.passed).toBe(11);
  });

  it('says what was expected and what came', async () => {
    const text = `${given}cases:
  - name: wrong
    purpose: ad-audience
    facts: { marketingOptOut: true }
    expect: { outcome: pass, policies: [a], unknownFacts: [] }
`;
    const { failed, cases } = await runPolicyTests(engine, [write(text)]);
    expect(failed).toBe(1);
    expect(cases[0]?.name).toBe('a.test.yaml: wrong');
    expect(cases[0]?.message).toBe('expected pass, got fail (opt-out-kept); expected policies [a], got [opt-out-kept]');
  });

  it.each([
    ['optedOut: true', "there is no fact 'optedOut'"],
    ['toString: true', "there is no fact 'toString'"],
    ['adsOptOut: 1', "'adsOptOut' is true or false, found 1"],
    ['lawfulBasis: legitimate-interest', "'lawfulBasis' is one of consent, contract"],
  ])('is refused where it states %s, which no rule could read', async (fact, message) => {
    const failing = runPolicyTests(engine, [write(`${given}cases:\n  - name: x\n    facts: { ${fact} }\n    expect: { outcome: pass }\n`)]);
    await expect(failing).rejects.toMatchObject({ code: 'POLICY_INVALID', message: expect.stringContaining(message) as string });
  });

  it("has the fact of one's own that the how-to page shows", async () => {
    const page = readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'how-to', 'write-a-policy.md'), 'utf8');
    const shown = /State what it is in `policies\/facts.yaml`:\n\n```yaml\n([^]*?)```/.exec(page)?.[1] ?? '';
    const folder = join(directory, 'own-facts');
    cpSync(defaults, folder, { recursive: true });
    writeFileSync(join(folder, 'facts.yaml'), shown);
    const { bundle } = await createCedarEngine({ directory: folder, content: createMemoryContent() }).session();
    expect(bundle.facts['giftCard']).toMatchObject({ type: 'boolean', of: 'use' });
  });

  it('is refused with the place of the fault', async () => {
    const failing = runPolicyTests(engine, [write(`${given}cases:\n  - name: x\n    expect: { outcome: maybe }\n`)]);
    await expect(failing).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      diagnostics: [{ at: { line: 5 }, message: expect.stringContaining('found "maybe"') as string }],
    });
  });
});
