/**
 * docs/how-to/audit-for-disparate-impact.md: every command runs as printed, in order, with the configuration that is shown. And on the
 * directory that it leaves: what of the attributes can be found elsewhere, who may be estimated, and what the gate is told.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { operatorPaths } from '../../agents/customer-data-graph/config.ts';
import { openFairnessFacts } from '../../agents/customer-data-graph/fairness/fairness-facts.ts';
import { readGuide } from '../fixtures/guide.ts';
import { realCli } from '../fixtures/real-cli.ts';

const { text, blocks } = readGuide('audit-for-disparate-impact');
const folder = mkdtempSync(join(tmpdir(), 'fairness-guide-'));
const shop = join(folder, 'shop');
afterAll(() => rmSync(folder, { recursive: true }));

const said: { readonly line: string; readonly out: string; readonly exitCode: number; readonly err: string }[] = [];
let audit = '';

async function run(line: string): Promise<string> {
  const { out, err, exitCode } = await realCli(line.replace('<audit>', audit), folder);
  said.push({ line, out, err, exitCode });
  audit = /^(\d{4}-\d{2}-\d{2}-[0-9a-f]{12})/m.exec(out)?.[1] ?? audit;
  return out;
}

beforeAll(async () => {
  const config = join(shop, 'cohortium.yaml');
  for (const { language, code } of blocks) {
    if (language === 'yaml') {
      const without = readFileSync(config, 'utf8').replace(code.startsWith('clock') ? /^clock: .*\n/m : /$^/, '');
      writeFileSync(config, `${without}\n${code}`);
    }
    if (language === 'sh') for (const line of code.trim().split('\n')) await run(line);
  }
});

const files = (): readonly string[] => readdirSync(join(shop, 'fairness', audit));

describe('the guide to fairness audits', () => {
  it('runs as printed', () => {
    for (const { line, exitCode, err } of said) if (!line.includes('fairness audit')) expect(exitCode, `${line}\n${err}`).toBe(0);
    const told = said.map(({ out }) => out).join('\n');
    expect(told).toMatch(/^community: \d+ customers in fernfolk, mossfolk$/m);
    expect(told).toMatch(/^in the EU, or perhaps, left out +[1-9]\d*$/m);
    expect(told).toMatch(/^analytics at score-store +(fail|counsel) +/m);
    expect(told).toMatch(new RegExp(`^${audit} is signed off by grace\\.$`, 'm'));
    expect(told).toMatch(/^heritage +estimated +\d+ +made-up +nobody-is-real +2025-12-31$/m);
  });

  it('leaves a report with its pictures', () => {
    expect(files()).toEqual(
      expect.arrayContaining(['report.md', 'report.json', 'impact-analytics-score-store.svg', 'proxies-community--fernfolk.svg']),
    );
    const report = readFileSync(join(shop, 'fairness', audit, 'report.md'), 'utf8');
    for (const [, name = ''] of report.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)) expect(files()).toContain(name);
    expect(report).toMatch(/^\| postcode \| 0\.[789].*\*\*proxy\*\* \|$/m);
  });

  it('has a schedule that the configuration takes', async () => {
    expect(await run('cohortium schedules list --dir shop')).toContain('fairness-quarterly');
  });

  it('names every outcome', () => {
    for (const outcome of ['pass', 'fail', 'counsel']) expect(text).toContain(`| ${outcome} |`);
  });
});

describe('after an audit', () => {
  it('the same data give the same bytes, and no second audit', async () => {
    const before = files().map((name) => readFileSync(join(shop, 'fairness', audit, name), 'utf8'));
    expect(await run('cohortium gate fairness audit --dir shop')).toContain(`${audit} (made before from the same data)`);
    expect(files().map((name) => readFileSync(join(shop, 'fairness', audit, name), 'utf8'))).toEqual(before);
  });

  it('no file of the agent outside of the store knows the group of anybody', () => {
    const inStore = (path: string): boolean => path.startsWith(join(shop, '.cohortium', 'fairness'));
    const holding = everyFile(join(shop, '.cohortium')).filter((path) => /mossfolk|fernfolk/.test(readFileSync(path, 'latin1')));
    expect(holding.length).toBeGreaterThan(0);
    expect(holding.filter((path) => !inStore(path))).toEqual([]);
    for (const path of everyFile(join(shop, '.cohortium', 'fairness'))) expect(statSync(path).mode & 0o077).toBe(0);
    // Nor does the report name a customer.
    for (const name of files()) expect(readFileSync(join(shop, 'fairness', audit, name), 'utf8')).not.toMatch(/\bc\d{3}\b/);
  });

  it('the gate knows what it came to, and since when', () => {
    const facts = openFairnessFacts(operatorPaths(shop), { everyDays: 92, signers: ['counsel', 'privacy-officer'] });
    const found = facts('analytics', 'score-store', '2025-12-31');
    expect(found).toMatchObject({ fairnessAuditDays: 0, proxyInput: true, fairnessAudit: true });
    expect(found.fairnessOutcome).toMatch(/^(counsel|fail)$/);
    expect((found.airLowerBasisPoints ?? 1) % 100).toBe(0);
    expect(facts('analytics', 'score-store', '2025-12-30')).toEqual({ fairnessOutcome: 'none' });
    expect(facts('credit', 'score-store', '2026-01-01')).toEqual({ fairnessOutcome: 'none' });
    expect(facts('analytics', 'score-store', '2026-06-30')).toMatchObject({ fairnessAuditDays: 183, fairnessAudit: false });
  });

  it('a signature counts only from a role that may sign, and only with the key of the registry', async () => {
    await run('cohortium people add ada --dir shop');
    expect((await realCli(`cohortium gate fairness sign ${audit} --as ada --dir shop`, folder)).err).toContain('REVIEW_REFUSED');
    const person = join(shop, 'registries', 'people', 'grace.json');
    const kept = readFileSync(person, 'utf8');
    const other = readFileSync(join(shop, 'registries', 'people', 'ada.json'), 'utf8');
    writeFileSync(person, kept.replace(/"key": ".*"/, /"key": ".*"/.exec(other)?.[0] ?? ''));
    const unsigned = openFairnessFacts(operatorPaths(shop), { everyDays: 92, signers: ['counsel', 'privacy-officer'] })(
      'analytics',
      'score-store',
      '2025-12-31',
    );
    writeFileSync(person, kept);
    expect(unsigned.fairnessAudit).toBe(false);
  });

  it('people in the EU are estimated where a basis is stated', async () => {
    const line = said.find(({ line: own }) => own.includes('--kind estimated'))?.line ?? '';
    const told = await run(line.replace('--legal-basis', '--eu-legal-basis art-9-2-j --legal-basis').replace('heritage', 'heritage-eu'));
    expect(told).toMatch(/^in the EU, or perhaps, left out +0$/m);
    expect(await run('cohortium gate fairness show --dir shop')).toContain('nobody-is-real; in the EU: art-9-2-j');
  });

  it('an erased customer is gone from the store, and a later import passes over them', async () => {
    expect(await run('cohortium gate fairness erase c001 --dir shop')).toMatch(/^[1-9]\d* rows about c001 were erased/);
    const line = said.find(({ line: own }) => own.includes('attributes.csv'))?.line ?? '';
    expect(await run(line)).toMatch(/^(community: \d+ customers|rows)/);
    const before = audit;
    expect(await run('cohortium gate fairness audit --dir shop')).not.toContain('made before');
    expect(audit).not.toBe(before);
    for (const path of everyFile(join(shop, '.cohortium', 'fairness'))) expect(readFileSync(path, 'latin1')).not.toMatch(/\bc001\b/);
  });

  it('what cannot be audited is said with what would help', async () => {
    const config = join(shop, 'cohortium.yaml');
    const kept = readFileSync(config, 'utf8');
    writeFileSync(config, kept.replace('sink: loyalty-desk, select', 'sink: nowhere, select'));
    const { err, exitCode } = await realCli('cohortium gate fairness audit --dir shop', folder);
    writeFileSync(config, kept);
    expect(exitCode).not.toBe(0);
    expect(err).toMatch(/FAIRNESS_NOT_READY: run run-\w+ did not decide tier-assignment at nowhere; it decided .*analytics at score-store/);
  });
});

function everyFile(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
