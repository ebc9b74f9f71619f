/**
 * What the law comes to for an ordinary merchant, as counsel would read it: a customer, a use, a day, and what the gate says. The merchant
 * has stated what the template of `cohortium.yaml` proposes under `gate: facts:`; the customer has refused nothing until a row says so.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { createCedarEngine, type PolicySession, type PolicyVerdict } from '../../agents/adapters/cedar/cedar-engine.ts';
import type { Facts } from '../../skills/gate/core/policy/condition.ts';
import { readYaml } from '../../skills/sdk/index.ts';
import { emptyPolicies } from '../fixtures/empty-policies.ts';
import { createMemoryContent } from '../fixtures/memory-content.ts';

const root = join(import.meta.dirname, '..', '..');
const template = join(root, 'agents', 'customer-data-graph', 'template', 'cohortium.yaml');

const statements = z.object({ gate: z.object({ facts: z.record(z.string(), z.union([z.string(), z.int(), z.boolean()])) }) });

function factsIn(block: string, file: string): Facts {
  const { value } = readYaml(block, file, statements, 'CONFIG_INVALID');
  if (!value) throw new Error(`${file} proposes no facts`);
  return value.gate.facts;
}

/** The block that the template proposes, with its comment marks taken away. */
function proposedFacts(): Facts {
  const lines = readFileSync(template, 'utf8').split('\n');
  const from = lines.indexOf('# gate:');
  const length = lines.slice(from + 1).findIndex((line) => !line.startsWith('#   '));
  const block = lines.slice(from, from + 1 + length).map((line) => line.slice(2));
  return factsIn(block.join('\n'), template);
}

/** An adult, by a run with good evidence, whose every choice is known: nothing refused, no consent given. */
const customer: Facts = {
  ageBand: 'adult',
  marketingOptOut: false,
  adsOptOut: false,
  saleOptOut: false,
  profilingOptOut: false,
  automatedDecisionOptOut: false,
  gpc: false,
  marketingConsent: false,
  profilingConsent: false,
  saleConsent: false,
  sensitiveConsent: false,
  sensitiveLimited: false,
  parentalConsent: false,
  erasureRequestOpen: false,
  tier: 'high',
  holdoutCustomers: 1000,
  eceLowerBasisPoints: 0,
  eceUpperBasisPoints: 300,
  coverage90LowerBasisPoints: 8700,
  coverage90UpperBasisPoints: 9300,
  spendRatioLowerBasisPoints: 9000,
  spendRatioUpperBasisPoints: 11_000,
  holdoutAgeDays: 30,
};

/** `careful` in the table: a use with everything on file that decisions about people ask for, and no adverse outcome. */
const careful: Facts = {
  fairnessAudit: true,
  adverseImpact: false,
  proxyInput: false,
  prohibitedBasis: false,
  adverseAction: false,
  humanReviewOffered: true,
  purposeCompatible: true,
  preUseNotice: true,
  refusalDisclosed: true,
  noticeExplainsLogic: true,
  explanationAvailable: true,
  eventLogging: true,
  logRetentionDays: 200,
  instructionsForUse: true,
  accuracyDeclared: true,
  oversightAssigned: true,
  oversightTrained: true,
  oversightCanOverride: true,
  highRiskNotice: true,
  providerInEU: true,
};

/**
 * Where the customer lives | purpose | day | facts that differ | outcome and exactly its rules | what that is.
 * A fact alone is true, `!` false, `?` unknown; the unknown ones are exactly those that the gate names.
 */
const table = `
# Objections and opt-outs
EU    | offer-eligibility     | 2026-11-20 | profilingOptOut | fail gdpr-21-2 | an objection to profiling ends offers
EU    | offer-eligibility     | 2018-05-24 | profilingOptOut | pass | before the GDPR it did not
EU    | tier-assignment       | 2026-11-20 | profilingOptOut | counsel gdpr-21-1 | after an objection a tier needs compelling grounds
GB    | offer-eligibility     | 2026-11-20 | profilingOptOut | counsel uk-gdpr-21-2 | in the United Kingdom counsel says which text holds
JP    | offer-eligibility     | 2026-11-20 | marketingOptOut | fail opt-out-kept | a refusal of marketing is kept where no law asks
US-UT | save-flow             | 2026-11-20 | marketingOptOut | fail opt-out-kept | in messages that win back too
US-TX | tier-assignment       | 2026-11-20 | marketingOptOut | pass | a refusal of marketing is none of tiers
US-CA | ad-audience           | 2026-11-20 | gpc saleOrShare | fail ccpa-sale-sharing | a signal of the browser stops a sale for advertising
US-CA | ad-audience           | 2026-11-20 | gpc !saleOrShare | fail ccpa-sale-sharing | an audience is sharing, by contract with a service provider too
US-CA | offer-eligibility     | 2026-11-20 | gpc | pass | a signal of the browser is no refusal of offers
US-CA | credit                | 2027-01-01 | careful gpc automation=solely-automated | pass | a signal of the browser is no opt-out of automated decisions
US-TX | ad-audience           | 2026-11-20 | gpc | counsel gpc-tx | Texas: whether a signal binds is for counsel
US-UT | ad-audience           | 2026-11-20 | gpc | pass | Utah has no duty to follow signals
US-VA | ad-audience           | 2026-11-20 | adsOptOut | fail va-ads-opt-out ads-opt-out-kept | Virginia keeps an opt-out of targeted advertising
US-TX | tier-assignment       | 2026-11-20 | profilingOptOut | pass | an opt-out of profiling is none of tiers in Texas
US-VA | offer-eligibility     | 2026-11-20 | profilingOptOut | pass | nor of offers in Virginia
EU    | ad-audience           | 2026-11-20 | | counsel gdpr-6-ad-audience | an audience in the Union has consent
EU    | analytics             | 2026-11-20 | erasureRequestOpen | fail gdpr-17-erasure-open | an open erasure stops everything

# Decisions with significant effect
US-TX | credit                | 2026-11-20 | careful profilingOptOut | fail tx-profiling-opt-out | Texas: an opt-out of profiling, whatever the automation
US-UT | credit                | 2026-11-20 | careful profilingOptOut automation=solely-automated | pass | Utah has no opt-out of profiling
US-DE | credit                | 2026-11-20 | careful profilingOptOut automation=solely-automated | fail de-profiling-opt-out | Delaware: of solely automated decisions
US-DE | credit                | 2026-11-20 | careful profilingOptOut | pass | and of no others
US-CT | credit                | 2026-06-30 | careful profilingOptOut | pass | Connecticut, the last day of 'solely'
US-CT | credit                | 2026-07-01 | careful profilingOptOut | fail ct-2026-profiling-opt-out | Connecticut, the first day without
US-CA | credit                | 2026-12-31 | careful automation=solely-automated !preUseNotice | counsel ccpa-admt-transition | California, the last day of the transition
US-CA | credit                | 2027-01-01 | careful automation=solely-automated !preUseNotice | fail ccpa-admt-notice | California, the first day after it
US-CA | credit                | 2027-01-01 | careful !preUseNotice | pass | California: a person who may decide otherwise takes it out
US-CO | credit                | 2026-12-31 | careful !preUseNotice | pass | Colorado, the day before the new act
US-CO | credit                | 2027-01-01 | careful !preUseNotice | counsel co-admt-act | Colorado, its first day, to be verified
US-NY | credit                | 2026-07-20 | careful adverseImpact !businessJustification | fail regb-effects-test | Regulation B, the last day of the effects test
US-NY | credit                | 2026-07-21 | careful adverseImpact !businessJustification | counsel fair-lending-disparity | Regulation B, the first day without it
US-WY | credit                | 2026-11-20 | careful prohibitedBasis | fail ecoa-prohibited-basis | a prohibited basis fails credit anywhere in the country
EU    | credit                | 2026-11-20 | careful annexIIIPoint=5b automation=solely-automated !lawfulException | fail gdpr-22 | GDPR art. 22 forbids credit by machine alone
EU    | credit                | 2027-12-01 | careful annexIIIPoint=5b !eventLogging | counsel aia-12-announced | AI Act, the day before logs are owed
EU    | credit                | 2027-12-02 | careful annexIIIPoint=5b !eventLogging | fail aia-12-logging | AI Act, the day on which they are
EU    | offer-eligibility     | 2028-01-03 | | pass | an offer is not in Annex III
CA-QC | tier-assignment       | 2026-11-20 | careful automation=solely-automated !automatedDecisionNotice profilingConsent | fail qc-12-1-notice | Quebec asks for no significance
BR    | tier-assignment       | 2026-11-20 | careful automation=solely-automated !reviewOffered !humanReviewOffered | counsel lgpd-20-review | Brazil: no way to a review

# Prices
US-NY | price-personalization | 2026-11-20 | !priceDisclosure !prohibitedBasis | fail ny-algorithmic-pricing | New York: a personal price without the disclosure
US-NY | price-personalization | 2026-11-20 | priceDisclosure !prohibitedBasis | pass | New York: with it
US-MD | price-personalization | 2026-11-20 | foodRetail !prohibitedBasis | fail md-predatory-pricing | Maryland: no personal price of food

# Children, health
US-WY | tier-assignment       | 2026-11-20 | ageBand=under-13 | fail coppa-parental-consent | a known child needs a parent
US-WY | tier-assignment       | 2026-11-20 | childDirected ageBand=not-on-record | fail coppa-age-not-on-record | on a service for children everybody of unknown age is one
IN    | analytics             | 2027-05-13 | ageBand=16-17 profilingConsent itemisedNotice !significantFiduciary | counsel dpdp-child-announced | India, the day before the ban is certain
IN    | analytics             | 2027-05-14 | ageBand=16-17 profilingConsent itemisedNotice !significantFiduciary | fail dpdp-child | India, the ban on scoring minors
US-WA | offer-eligibility     | 2026-11-20 | sensitiveData healthData !healthConsent | fail wa-health-consent | Washington: health from ordinary purchases needs consent

# What was never said
EU    | tier-assignment       | 2026-11-20 | lawfulBasis=none | fail gdpr-6-basis | no basis is recorded
US-MD | offer-eligibility     | 2026-11-20 | ?necessaryForRequest | counsel md-secondary-use | in Maryland a second use of what was collected is for counsel
EU    | tier-assignment       | 2026-11-20 | ?lawfulBasis | counsel gdpr-6-basis gdpr-7-profiling | the basis was never stated
US-WY | tier-assignment       | 2026-11-20 | ?childDirected ageBand=not-on-record | counsel coppa-age-not-on-record | whether the service is for children was never stated
EU    | offer-eligibility     | 2026-11-20 | ?profilingOptOut | counsel gdpr-21-2 | whether somebody objected is not known
`;

interface Row {
  readonly lives: string;
  readonly purpose: string;
  readonly asOf: string;
  readonly facts: Facts;
  readonly expected: { readonly outcome: string; readonly rules: readonly string[]; readonly unknown: readonly string[] };
  readonly says: string;
}

const words = (text: string): readonly string[] => text.split(' ').filter((word) => word !== '');

function factsOf(text: string): Facts {
  const given = words(text).map((word): Facts => {
    const [name = '', value] = word.split('=');
    if (word === 'careful') return careful;
    if (value !== undefined) return { [name]: value };
    if (word.startsWith('!')) return { [word.slice(1)]: false };
    return word.startsWith('?') ? { [word.slice(1)]: null } : { [word]: true };
  });
  return Object.assign({}, ...given) as Facts; // each part is one
}

function rowOf(line: string): Row {
  const [lives = '', purpose = '', asOf = '', facts = '', outcomeAndRules = '', says = ''] = line.split('|').map((cell) => cell.trim());
  const [outcome = '', ...rules] = words(outcomeAndRules);
  const unknown = words(facts).flatMap((word) => (word.startsWith('?') ? [word.slice(1)] : []));
  return { lives, purpose, asOf, facts: factsOf(facts), expected: { outcome, rules: rules.toSorted(), unknown }, says };
}

const rows = table
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map(rowOf);

let session: PolicySession;
beforeAll(async () => {
  session = await createCedarEngine({ directory: emptyPolicies(), content: createMemoryContent(), stated: proposedFacts() }).session();
});

function decide({ lives, purpose, asOf, facts }: Pick<Row, 'lives' | 'purpose' | 'asOf' | 'facts'>): PolicyVerdict {
  const all = { residency: lives, country: lives.split('-')[0] ?? lives, ...customer, ...facts };
  return session.decide({ facts: all, purpose, sink: 'crm', asOf });
}

describe('customers who refused nothing', () => {
  const places = ['EU', 'US-CA', 'US-TX', 'US-NY', 'US-CT', 'US-CO', 'US-WA', 'US-UT', 'US-WY', 'GB', 'JP'];
  const uses = ['tier-assignment', 'offer-eligibility', 'analytics'];
  it.each(places.flatMap((lives) => uses.map((purpose) => [lives, purpose] as const)))('%s passes %s', (lives, purpose) => {
    for (const ageBand of ['adult', 'not-on-record']) {
      const { outcome, policies } = decide({ lives, purpose, asOf: '2026-11-20', facts: { ageBand } });
      expect([outcome, ...policies.map(({ id }) => id)]).toEqual(['pass']);
    }
  });
});

it('what the page on privacy says has to be stated is enough in the Union', async () => {
  const page = join(root, 'docs', 'concepts', 'law', 'privacy.md');
  const [, block = ''] = /```yaml\n(gate:[^`]*)```/.exec(readFileSync(page, 'utf8')) ?? [];
  const stated = factsIn(block, page);
  const few = await createCedarEngine({ directory: emptyPolicies(), content: createMemoryContent(), stated }).session();
  const facts = { residency: 'EU', country: 'EU', ...customer };
  const ask = (purpose: string) => few.decide({ facts, purpose, sink: 'crm', asOf: '2026-11-20' });
  expect(['tier-assignment', 'offer-eligibility'].map((purpose) => ask(purpose).unknownFacts)).toEqual([[], []]);
  expect(['tier-assignment', 'offer-eligibility'].map((purpose) => ask(purpose).outcome)).toEqual(['pass', 'pass']);
});

describe('what the gate says', () => {
  it.each(rows.map((row) => [`${row.lives}, ${row.purpose}, ${row.asOf}: ${row.says}`, row] as const))('%s', (_, row) => {
    const { outcome, policies, unknownFacts } = decide(row);
    expect({ outcome, rules: policies.map(({ id }) => id).toSorted(), unknown: unknownFacts }).toEqual(row.expected);
  });

  it('names nothing that is not in the vocabulary', () => {
    const known = Object.keys(session.bundle.facts);
    const named = rows.flatMap(({ facts }) => Object.keys(facts));
    expect([...named, ...Object.keys(customer)].filter((name) => !known.includes(name))).toEqual([]);
  });

  it('says beside what is to be verified what that is, and fails nobody by it', () => {
    for (const row of rows) {
      for (const { verify, effect } of decide(row).policies)
        if (verify !== null) expect([effect, verify]).toEqual(['counsel', expect.any(String)]);
    }
    const { policies } = decide({ lives: 'US-CO', purpose: 'credit', asOf: '2027-01-01', facts: { ...careful, preUseNotice: false } });
    expect(policies.map(({ verify }) => verify)).toEqual([expect.stringMatching(/enrolled act/)]);
  });
});
