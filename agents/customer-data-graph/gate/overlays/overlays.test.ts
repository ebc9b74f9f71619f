import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { isCohortiumError } from '../../../../skills/sdk/index.ts';
import { operatorPaths, type OperatorPaths } from '../../config.ts';
import { addPerson, setRoles } from '../../govern/models/people.ts';
import { checkLaw, regimesFolder } from '../../law/read-law.ts';
import { chooseDisclosure, shippedDisclosures } from '../notices/disclosure-register.ts';
import { approvePolicy } from './approval.ts';
import { readOverlays, readPolicyContent } from './read-overlays.ts';
import { adoptOverlay, shippedOverlays } from './shipped-overlays.ts';

const { facts } = checkLaw().law;
let paths: OperatorPaths;

beforeEach(() => {
  paths = operatorPaths(mkdtempSync(join(tmpdir(), 'overlays-')));
  for (const folder of ['overlays', 'disclosures']) mkdirSync(join(paths.policies, folder), { recursive: true });
  addPerson(paths, 'grace', undefined, 0, ['counsel']);
  addPerson(paths, 'ada', undefined, 0, ['operator']);
});
afterEach(() => rmSync(paths.directory, { recursive: true }));

const file = 'policies/overlays/shop.yaml';
const overlay = `overlay: shop
version: 1
title: Shop
says: A shop.
facts: { financialInstitution: true }
rules:
  - id: shop-no-credit
    anchor: fair-treatment
    outcome: fail
    purposes: [credit]
    when: { country: US }
    citation: 'Operator policy: no credit'
    remedy: Sell for cash.
retention:
  - { id: shop-values, kind: policy, years: 2, from: record, records: [value], citation: Operator policy }
`;

const write = (text: string, at = file): void => writeFileSync(join(paths.directory, at), text);
const sign = (at = file, by = 'grace'): unknown => approvePolicy(paths, at, readPolicyContent(paths, at), by, 0);

function faultOf(act: () => unknown): { readonly code: string; readonly message: string } {
  try {
    act();
  } catch (error) {
    if (isCohortiumError(error)) return { code: error.code, message: error.message };
    throw error;
  }
  return { code: 'none', message: '' };
}

const read = () => readOverlays(paths, facts);

describe('an overlay', () => {
  it('adds rules, facts and retention rows once counsel has approved it', () => {
    write(overlay);
    sign();
    const { overlays, rules, stated, retention, texts } = read();
    expect(overlays).toMatchObject([{ overlay: 'shop', version: 1, approval: { approvedBy: 'grace' } }]);
    expect(rules).toMatchObject([
      { id: 'shop-no-credit', regime: null, anchor: 'fair-treatment', outcome: 'fail', purposes: ['credit'], facts: ['country'], file },
    ]);
    expect(stated).toEqual({ financialInstitution: true });
    expect(retention).toMatchObject([{ id: 'shop-values', kind: 'policy', period: { months: 24 } }]);
    expect(texts).toEqual([[file, overlay]]);
  });

  it('is refused without an approval, and with one of somebody who may not', () => {
    write(overlay);
    expect(faultOf(read)).toMatchObject({
      code: 'POLICY_UNAPPROVED',
      message: expect.stringContaining('has not been approved by counsel'),
    });
    expect(faultOf(() => sign(file, 'ada'))).toMatchObject({ code: 'APPROVAL_REFUSED' });
    expect(faultOf(() => sign(file, 'nobody'))).toMatchObject({ code: 'PERSON_NOT_FOUND' });
  });

  it('is refused when a word of it, of its approval, or the role of who approved it was changed', () => {
    write(overlay);
    sign();
    const approval = `${file}.approval.json`;
    const signed = readFileSync(join(paths.directory, approval), 'utf8');
    const refusal = (): string => (faultOf(read).code === 'POLICY_UNAPPROVED' ? faultOf(read).message : 'none');

    write(overlay.replace('outcome: fail', 'outcome: counsel'));
    expect(refusal()).toContain('was changed after grace approved it');
    write(overlay);

    for (const [from, to, what] of [
      [
        '"file": "policies/overlays/shop.yaml"',
        '"file": "policies/overlays/other.yaml"',
        'has the approval of policies/overlays/other.yaml',
      ],
      ['"at": "1970-', '"at": "1971-', 'that grace did not sign'],
      ['"format"', '"format', 'cannot be read'],
    ] as const) {
      write(signed.replace(from, to), approval);
      expect(refusal()).toContain(what);
    }
    write(signed.replace('"approvedBy": "grace"', '"approvedBy": "ada"'), approval);
    expect(refusal()).toContain('that ada did not sign');
    write(signed, approval);
    expect(refusal()).toBe('none');

    setRoles(paths, 'grace', ['operator']);
    expect(refusal()).toContain("'grace' does not have the role counsel");
  });

  it('is refused when its approver has another key than the registry', () => {
    write(overlay);
    sign();
    const person = join(paths.registries, 'people', 'grace.json');
    const ada = JSON.parse(readFileSync(join(paths.registries, 'people', 'ada.json'), 'utf8')) as { key: string };
    const grace = JSON.parse(readFileSync(person, 'utf8')) as object;
    writeFileSync(person, JSON.stringify({ ...grace, key: ada.key }));
    expect(faultOf(read)).toMatchObject({ code: 'POLICY_UNAPPROVED', message: expect.stringContaining('another key') });
  });

  it('may change its comments and its layout', () => {
    write(overlay);
    sign();
    write(`# a comment\n${overlay.replace('says: A shop.', 'says:   "A shop."')}`);
    expect(read().rules).toHaveLength(1);
  });

  it.each([
    ['a fact that is none', overlay.replace('financialInstitution: true', 'isBank: true'), "there is no fact 'isBank'"],
    ['a fact of a customer', overlay.replace('financialInstitution: true', 'gpc: false'), 'is a fact of the customer'],
    [
      'a value of another type',
      overlay.replace('financialInstitution: true', 'financialInstitution: yes please'),
      "'financialInstitution' is a boolean",
    ],
    ['a purpose that is none', overlay.replace('[credit]', '[fun]'), "there is no purpose 'fun'"],
    ['a condition on a fact that is none', overlay.replace('{ country: US }', '{ planet: Mars }'), "there is no fact 'planet'"],
    ['a class of records that is none', overlay.replace('records: [value]', 'records: [stones]'), "there is no class of records 'stones'"],
    ['an event that is none', overlay.replace('from: record', 'from: dawn'), "there is no event 'dawn'"],
    [
      'another name than its file',
      overlay.replace('overlay: shop', 'overlay: stall'),
      "overlay 'stall' was expected to be the name of the file",
    ],
    ['a switch for the law', `${overlay}disables: [us-fcra]\n`, 'disables'],
    [
      'a rule that counsel has yet to confirm and that fails',
      overlay.replace('    remedy', '    verify: Is it so?\n    remedy'),
      'must have the outcome counsel',
    ],
    ['no YAML', 'overlay: [', 'shop.yaml'],
  ])('is refused with %s, naming the place', (_what, text, message) => {
    write(text);
    expect(faultOf(read)).toMatchObject({ code: 'POLICY_INVALID', message: expect.stringContaining(message) });
    expect(faultOf(read).message).toMatch(/policies\/overlays\/shop\.yaml:\d+:\d+/);
  });

  it('is refused where another one contradicts it', () => {
    write(overlay);
    write(
      overlay.replace('overlay: shop', 'overlay: stall').replace('Institution: true', 'Institution: false').replaceAll('shop-', 'stall-'),
      'policies/overlays/stall.yaml',
    );
    expect(faultOf(read).message).toContain("states 'financialInstitution' as true; two overlays cannot contradict each other");
  });

  it('is the only thing that may lie in its folder', () => {
    write('x', 'policies/overlays/shop.yml');
    expect(faultOf(read).message).toContain('a .yaml file was expected');
  });
});

describe('what is shipped', () => {
  it('can be used as it is, once approved', () => {
    for (const name of readdirSync(join(regimesFolder, 'overlays'))) {
      const at = `policies/overlays/${name}`;
      cpSync(join(regimesFolder, 'overlays', name), join(paths.directory, at));
      sign(at);
    }
    expect(read().overlays.map(({ overlay: id }) => id)).toEqual(['food-retail', 'franchise', 'health', 'lender']);
  });

  it('has a text per kind, and the New York one as the law words it', () => {
    expect(new Set(shippedDisclosures().map(({ id }) => id)).size).toBe(shippedDisclosures().length);
    const price = chooseDisclosure(shippedDisclosures(), [], 'algorithmic-pricing', ['US-NY', 'US'], '2025-11-10');
    expect(price).toMatchObject({ wording: 'statutory', text: 'THIS PRICE WAS SET BY AN ALGORITHM USING YOUR PERSONAL DATA' });
    expect(() => chooseDisclosure(shippedDisclosures(), [], 'algorithmic-pricing', ['US-NY', 'US'], '2025-11-09')).toThrow(
      /has none at all/,
    );
  });

  it('cites regimes that there are', () => {
    const regimes = new Set(checkLaw().law.files.map(({ regime }) => regime));
    expect(shippedDisclosures().filter(({ regime }) => !regimes.has(regime))).toEqual([]);
  });
});

describe('a disclosure of the operator', () => {
  const register = 'policies/disclosures/us-ny.yaml';
  const text = readFileSync(join(regimesFolder, 'disclosures', 'us-ny.yaml'), 'utf8');

  it('takes the place of an older one, from its day on', () => {
    write(text.replace('version: 1', 'version: 2').replace("'2025-11-10'", "'2027-01-01'").replace('THIS PRICE', 'THE PRICE'), register);
    expect(faultOf(read)).toMatchObject({ code: 'POLICY_UNAPPROVED' });
    sign(register);
    const choose = (asOf: string): string =>
      chooseDisclosure(shippedDisclosures(), read().disclosures, 'algorithmic-pricing', ['US-NY'], asOf).text;
    expect(choose('2026-12-31')).toMatch(/^THIS PRICE/);
    expect(choose('2027-01-01')).toMatch(/^THE PRICE/);
  });

  it.each([
    ['a jurisdiction that its file does not name', text.replace('US-NY', 'US-CA')],
    ['a reason that is none', text.replace('    text:', '    reasons: { orders: You did not meet our internal standards }\n    text:')],
    ['a date that is none', text.replace("'2025-11-10'", 'soon')],
    ['a kind that is none', text.replace('kind: algorithmic-pricing', 'kind: jingle')],
  ])('is refused with %s', (_what, content) => {
    write(content, register);
    expect(faultOf(read)).toMatchObject({ code: 'POLICY_INVALID' });
  });
});

describe('an overlay that comes with the gate', () => {
  const adopt = (name: string, by: string) => adoptOverlay(paths, name, async (at) => sign(at, by));

  it.each(shippedOverlays().map(({ overlay: name }) => name))('%s holds once counsel adopts it', async (name) => {
    await adopt(name, 'grace');
    expect(read().overlays.map(({ overlay: found, approval }) => [found, approval.approvedBy])).toEqual([[name, 'grace']]);
  });

  it('leaves nothing behind when somebody without the role adopts it', async () => {
    await expect(adopt('lender', 'ada')).rejects.toMatchObject({ code: 'APPROVAL_REFUSED' });
    expect(readdirSync(join(paths.policies, 'overlays'))).toEqual([]);
  });

  it('is not written over a file of the operator, and is refused by a name that there is not', async () => {
    write('overlay: lender\n', 'policies/overlays/lender.yaml');
    await expect(adopt('lender', 'grace')).rejects.toThrow('is there already');
    expect(readFileSync(join(paths.policies, 'overlays', 'lender.yaml'), 'utf8')).toBe('overlay: lender\n');
    await expect(adopt('lottery', 'grace')).rejects.toThrow('there are: food-retail, franchise, health, lender');
  });
});
