import { appendFileSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { formatDiagnostic } from '../../../skills/sdk/index.ts';
import { checkLaw, readLaw, regimesFolder } from './read-law.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'law-'));
  cpSync(regimesFolder, folder, { recursive: true });
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('the law as it was shipped', () => {
  it('is read, with a digest of its texts', () => {
    expect(readLaw(folder).digest).toBe(readLaw().digest);
    expect(readLaw(folder).regimes.length).toBeGreaterThanOrEqual(78);
  });

  it.each([
    [
      'a changed regime',
      () => appendFileSync(join(folder, 'eu-gdpr-21.yaml'), '# a word more\n'),
      'eu-gdpr-21.yaml is not the file of the manifest',
    ],
    ['a regime that is gone', () => rmSync(join(folder, 'us-ca-ccpa.yaml')), 'us-ca-ccpa.yaml is missing'],
    ['a regime more', () => writeFileSync(join(folder, 'xx-own.yaml'), 'regime: xx-own\n'), 'xx-own.yaml is not in the manifest'],
    ['a changed fact', () => appendFileSync(join(folder, 'facts', 'customer.yaml'), '\n'), 'customer.yaml is not the file of the manifest'],
    ['no manifest', () => rmSync(join(folder, 'manifest.json')), 'manifest.json is missing'],
    ['a manifest that is none', () => writeFileSync(join(folder, 'manifest.json'), '[]'), 'is no manifest of regimes'],
  ])('is refused with %s', (_name, change, message) => {
    change();
    expect(() => readLaw(folder)).toThrow(
      expect.objectContaining({ code: 'REGIME_TAMPERED', message: expect.stringContaining(message) as string }),
    );
  });
});

describe('a regime that is being written', () => {
  const faults = (text: string): string => {
    writeFileSync(join(folder, 'xx-own.yaml'), text);
    return checkLaw(folder).diagnostics.map(formatDiagnostic).join('\n');
  };
  const head = `regime: xx-own
version: 1
anchor: privacy
title: An act
citation: Art. 1
jurisdiction: XX
status: in-force
demand: Something.
reviewed: { by: Somebody, on: "2026-01-01" }
`;
  const rule = (more: string): string => `${head}rules:\n  - { id: xx-rule, outcome: fail, purposes: all, remedy: Stop., ${more} }\n`;

  it.each([
    ['a fact that is none', rule('when: { residncy: XX }'), "xx-own.yaml:11:65: error POLICY_INVALID: there is no fact 'residncy'"],
    ['a value of another type', rule('when: { gpc: perhaps }'), "'gpc' is a boolean"],
    ['a value that the fact cannot have', rule('when: { tier: middling }'), "'tier' is one of high, medium, low, none, found 'middling'"],
    ['a comparison of what is no number', rule('when: { tier: { above: 3 } }'), 'only integers are compared'],
    ['a purpose that is none', rule('when: {}').replace('purposes: all', 'purposes: [lottery]'), "there is no purpose 'lottery'"],
    ['a fail that counsel has yet to confirm', rule('verify: The number.'), 'must have the outcome counsel'],
    ['a rule that stands in another regime', rule('when: {}').replace('xx-rule', 'gdpr-21-2'), "rule 'gdpr-21-2' stands also at"],
    ['nothing that it asks or keeps', head, 'a regime needs a rule, a retention row'],
    ['another name than its file', rule('when: {}').replace('xx-own', 'xx-other'), 'was expected to be the name of the file'],
  ])('is told of %s', (_name, text, message) => {
    expect(faults(text)).toContain(message);
  });
});
