/**
 * docs/how-to/ask-the-gate.md and keep-and-erase.md: every command runs as printed, in order, on one shop, and says what the pages say. On
 * the directory that they leave: what the doors answer besides.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openAgent } from '../../agents/customer-data-graph/agent.ts';
import type { CustomerDataGraph, GateExplanation, RetentionPlan } from '../../agents/customer-data-graph/interface.ts';
import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'gate-guide-'));
const shop = join(folder, 'shop');
afterAll(() => rmSync(folder, { recursive: true }));

interface Said {
  readonly line: string;
  readonly text: string;
  readonly exitCode: number;
}

const said: Said[] = [];
/** What a page shows, and what the command before it said. */
const shown: { readonly printed: string; readonly said: string }[] = [];

async function follow(name: string): Promise<void> {
  for (const { language, code } of readGuide(name).blocks) {
    if (language === 'yaml') {
      const file = code.startsWith('overlay')
        ? 'shop/policies/overlays/food-retail.yaml'
        : code.startsWith('id:')
          ? `shop/registries/holds/${/^id: (\S+)/.exec(code)?.[1] ?? ''}.yaml`
          : 'words.yaml';
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), code);
    }
    if (language === 'text') for (const printed of code.trim().split('\n')) shown.push({ printed, said: said.at(-1)?.text ?? '' });
    if (language !== 'sh') continue;
    for (const line of code.trim().split('\n')) {
      if (line.includes('quickstart') && said.length > 0) continue;
      const { out, err, exitCode } = await realCli(line, folder);
      said.push({ line, text: `${out}${err}`, exitCode });
    }
  }
}

beforeAll(async () => {
  await follow('ask-the-gate');
  await follow('keep-and-erase');
});

const answerTo = (part: string): string => said.find(({ line }) => line.includes(part))?.text ?? '';

describe('the guides to the gate', () => {
  it('run as printed, and say what they show', () => {
    for (const { printed, said: text } of shown) expect(text).toContain(printed);
    // Pass is 0, everything that is no pass is 1, a refusal is 3.
    expect(said.filter(({ exitCode }) => ![0, 1].includes(exitCode)).map(({ text }) => text)).toEqual([
      expect.stringContaining('POLICY_UNAPPROVED'),
    ]);
  });

  it('explain why regimes are not about the case', () => {
    const text = answerTo('explain');
    expect(text).toMatch(/us-va-vcdpa \(not-applicable\): .*Va\. Code/);
    expect(text).toMatch(/us-ca-admt \(not-in-force\): It is law from 2026-01-01 on\./);
    expect(text).toMatch(/residency = US-CA +\(stated in the question\)/);
  });

  it('show one regime on one screen', () => {
    const text = answerTo('us-ecoa-regb');
    for (const head of ['Demands', 'Deadlines', 'Retention', 'Rules', 'Often misstated', 'Verify']) expect(text).toContain(`\n${head}\n`);
    expect(text).toContain('last day 2026-03-02');
  });
});

describe('the doors behind them', () => {
  let agent: CustomerDataGraph;
  beforeAll(async () => {
    agent = await openAgent(shop, { readonly: true });
  });
  afterAll(() => agent.close());

  const ask = (facts: Readonly<Record<string, string | boolean | null>>, purpose = 'offer-eligibility'): Promise<GateExplanation> =>
    agent.gate.explainDecision({ customerId: 'c042', purpose, sink: 'offers', facts });

  it('give each regime a result that agrees with the outcome of the whole', async () => {
    const places = ['US-VA', 'US-CA', 'EU', 'CA-QC', 'BR', 'IN', null];
    for (const purpose of ['offer-eligibility', 'credit', 'ad-audience']) {
      for (const residency of places) {
        const { outcome, regimes, policies, counterfactuals } = await ask({ residency, profilingOptOut: true }, purpose);
        const results = regimes.map(({ result }) => result);
        const isOwn = policies.some(({ regime, effect }) => regime === null && effect === outcome);
        if (outcome === 'pass') expect(results.filter((one) => one === 'fail' || one === 'counsel')).toEqual([]);
        else expect(isOwn || results.includes(outcome), `${purpose} ${String(residency)}`).toBe(true);
        if (outcome !== 'fail') expect(results).not.toContain('fail');
        for (const one of regimes) if (one.result === 'not-applicable') expect(one.citation).not.toBe('');
        expect(counterfactuals.asked).toBeGreaterThan(0);
      }
    }
  });

  it('refuse a fact that there is not, and a value that it cannot have', async () => {
    await expect(ask({ adsOptuot: true })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
      message: "facts: there is no fact 'adsOptuot'",
    });
    await expect(ask({ adsOptOut: 'maybe' })).rejects.toThrow('\'adsOptOut\' is true or false, found "maybe"');
  });

  it('name changes that lead where they say', async () => {
    const { counterfactuals, outcome } = await ask({ residency: 'US-VA', adsOptOut: true, tier: 'high' }, 'ad-audience');
    expect(outcome).toBe('fail');
    expect(counterfactuals.fail).toEqual([]);
    for (const [wanted, sets] of [
      ['pass', counterfactuals.pass],
      ['fail', counterfactuals.fail],
    ] as const) {
      for (const set of sets.slice(0, 4)) {
        const facts = Object.fromEntries(set.map(({ fact, to }) => [fact, to]));
        const answer = await agent.gate.evaluate({
          customerId: 'c042',
          purpose: 'ad-audience',
          sink: 'offers',
          facts: { residency: 'US-VA', adsOptOut: true, tier: 'high', country: 'US', ...facts },
        });
        expect(answer.outcome).toBe(wanted);
        expect(wanted).not.toBe(outcome);
      }
    }
  });

  it('refuse a purpose, a day, a regime, an anchor and a notice that are none', async () => {
    const question = { customerId: 'c042', purpose: 'fun', sink: 'offers' };
    await expect(agent.gate.evaluate(question)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(agent.gate.explainDecision({ ...question, purpose: 'credit', asOf: '2026-02-30' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
    await expect(agent.gate.explainDecision({ ...question, purpose: 'credit', customerId: 'nobody' })).rejects.toMatchObject({
      code: 'SCORE_NOT_FOUND',
    });
    await expect(agent.gate.regime('us-ecoa', {})).rejects.toThrow(/such as us-ecoa-regb/);
    await expect(agent.gate.regimes({ anchor: 'money' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(agent.gate.regimes({ asOf: 'today' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(agent.gate.adverseActionNotice({ customerId: 'nobody', jurisdiction: 'US' })).rejects.toMatchObject({
      code: 'SCORE_NOT_FOUND',
    });
    await expect(agent.gate.adverseActionNotice({ customerId: 'c042', jurisdiction: 'FR' })).rejects.toThrow(/has one for US/);
    await expect(agent.gate.adverseActionNotice({ customerId: 'c042', jurisdiction: 'US', received: '31.1.2026' })).rejects.toMatchObject({
      code: 'ARGUMENT_INVALID',
    });
    await expect(agent.gate.logicNotice({ purpose: 'fun' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    await expect(agent.gate.whyKept('nobody')).rejects.toMatchObject({ code: 'RECORD_NOT_FOUND' });
    await expect(agent.gate.planRetention('2026-13-01')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
  });

  it('know which text was in effect on a day', async () => {
    await expect(agent.gate.aiDisclosure({ asOf: '2026-08-01' })).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
    expect((await agent.gate.aiDisclosure({ asOf: '2026-08-02' })).missing).toEqual(['model']);
    expect(await agent.gate.narrativeDisclosure()).toContain('written by an AI system (a language model)');
  });

  it('take at most four specific reasons, the same each time', async () => {
    for (let at = 1; at <= 40; at++) {
      const request = { customerId: `c${String(at).padStart(3, '0')}`, jurisdiction: 'US' };
      const { reasons, notices } = await agent.gate.adverseActionNotice(request);
      expect(reasons.length).toBeLessThanOrEqual(4);
      expect(await agent.gate.adverseActionNotice(request)).toMatchObject({ reasons });
      for (const { text } of reasons) {
        expect(text).not.toMatch(/score|internal|model|standard/i);
        expect(notices[0]?.text).toContain(text);
      }
    }
  });

  it('plan for every record, remove nothing, and follow the day', async () => {
    const count = ({ groups }: RetentionPlan): number => groups.reduce((sum, { records }) => sum + records, 0);
    const [now, later] = [await agent.gate.planRetention(), await agent.gate.planRetention('2035-01-01')];
    expect(count(later)).toBe(count(now));
    expect(now.groups.find(({ class: kind }) => kind === 'decision')).toMatchObject({
      outcome: 'keep',
      decidedBy: expect.arrayContaining(['house-ledger']),
    });
    // The hold on a customer was released; the one that was written by hand is on a class.
    expect(now.groups.filter(({ holds }) => holds > 0)).toMatchObject([{ class: 'calibration-report', outcome: 'keep' }]);
  });

  it('say the law of a changed file no longer', async () => {
    const file = join(shop, 'policies', 'overlays', 'food-retail.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, `# a comment may change\n${text}`);
    await expect(agent.gate.regimes({})).resolves.not.toHaveLength(0);
    writeFileSync(file, text.replace('outcome: fail', 'outcome: counsel'));
    await expect(agent.gate.evaluate({ customerId: 'c042', purpose: 'analytics', sink: 'offers' })).rejects.toMatchObject({
      code: 'POLICY_UNAPPROVED',
      message: expect.stringContaining('was changed after grace approved it'),
    });
    writeFileSync(file, text);
  });
});

describe('an erasure that was asked for', () => {
  it('is due a month later, for what is made from the person and not for the evidence', async () => {
    const agent = await openAgent(shop);
    try {
      const ids = Array.from({ length: 60 }, (_, at) => `c${String(at + 1).padStart(3, '0')}`);
      const homes = await Promise.all(
        ids.map(async (customerId) => (await agent.graph.customer(customerId)).attributes.find(({ name }) => name === 'residency')?.value),
      );
      const customerId = ids[homes.findIndex((home) => home === 'EU' || home === 'DE' || home === 'NL' || home === 'FR')] ?? '';
      expect(homes).toContainEqual(expect.any(String));
      expect(customerId).not.toBe('');
      const event = { id: 'erase-1', type: 'consent-event', customer: { userId: customerId }, at: '2025-12-30T10:00:00Z' };
      expect(await agent.capture([{ ...event, properties: { purpose: 'erasure', granted: true } }], 'desk')).toMatchObject({ accepted: 1 });
      expect((await agent.run({ pipeline: 'pipelines/clv.yaml', asOf: '2025-12-31' })).status).toBe('completed');
      const { records } = await agent.gate.whyKept(customerId, '2026-01-31');
      for (const name of ['value', 'signal']) {
        const found = records.find((one) => one.class === name);
        expect(found).toMatchObject({ isShredDue: true, bodyThrough: '2026-01-30' });
        expect(found?.clocks.find(({ rule }) => rule === 'gdpr-17-erasure')).toMatchObject({
          trigger: 'erasure-request',
          triggeredOn: '2025-12-30',
          lastDay: '2026-01-30',
          citation: expect.stringContaining('17(1)'),
        });
      }
      expect((await agent.gate.whyKept(customerId, '2026-01-30')).records.every(({ isShredDue }) => !isShredDue)).toBe(true);
      const due = (await agent.gate.planRetention('2026-01-31')).groups.reduce((sum, { shredDue }) => sum + shredDue, 0);
      expect(due).toBe(2);
    } finally {
      await agent.close();
    }
  });
});
