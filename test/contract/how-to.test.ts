/** The examples of docs/how-to/write-a-pipeline.md and write-a-skill.md, pasted as a reader would. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { describePlan, parsePipeline, readPipelineTest, runCase } from '../../orchestrator/index.ts';
import { skill as audit } from '../../skills/audit/skill.ts';
import { skill as cohort } from '../../skills/cohort/skill.ts';
import { skill as emission } from '../../skills/emission/skill.ts';
import { skill as gate } from '../../skills/gate/skill.ts';
import { skill as recalibrate } from '../../skills/recalibrate/skill.ts';
import { formatDiagnostic, type SkillDefinition } from '../../skills/sdk/index.ts';
import { skill as signalCapture } from '../../skills/signal-capture/skill.ts';

const root = join(import.meta.dirname, '..', '..');
const six: readonly SkillDefinition[] = [signalCapture, cohort, recalibrate, gate, audit, emission];
const skills = new Map(six.map((skill) => [skill.id, skill]));
const page = (name: string): string => readFileSync(join(root, 'docs', 'how-to', name), 'utf8');

/** Texts of the code blocks of one language, in order. */
function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\``, 'gm'))].map(([, code = '']) => code);
}

describe('the pipeline page', () => {
  const text = page('write-a-pipeline.md');
  const [pipeline = '', test = ''] = blocks(text, 'yaml');

  it('has a pipeline that lints, and that sends only what was decided', () => {
    const { plan, diagnostics } = parsePipeline(pipeline, 'pipelines/offers.yaml', skills);
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
    const emit = plan && describePlan(plan, skills).steps.at(-1);
    expect(emit?.binds).toMatchObject({ decisions: 'gate.decisions', receipts: 'audit.receipts', calibrated: 'recalibrate.calibrated' });
    expect(emit?.condition).toBe('gate.counts.pass gt 0 and recalibrate.reliability.eceAfter lte 0.05');
  });

  it('shows the diagnostic that a typo gives', () => {
    const { diagnostics } = parsePipeline(pipeline.replace('after: [gate]', 'after: [gaet]'), 'pipelines/offers.yaml', skills);
    expect(blocks(text, 'text')[0]).toContain(diagnostics.map(formatDiagnostic)[0]);
  });

  it('has tests that pass', () => {
    const { plan } = parsePipeline(pipeline, 'offers.yaml', skills);
    const { test: parsed, diagnostics } = readPipelineTest(test, 'offers.test.yaml');
    expect(diagnostics.map(formatDiagnostic)).toEqual([]);
    const results = plan ? parsed?.cases.map((one) => runCase(plan, one)) : [];
    expect(results).toHaveLength(3);
    expect(results?.filter(({ ok }) => !ok)).toEqual([]);
  });
});

describe('the skill page', () => {
  const text = page('write-a-skill.md');
  const fixture = (name: string): string => readFileSync(join(root, 'test', 'fixtures', 'third-party-skill', name), 'utf8');

  it('shows the package that the tests install', () => {
    expect(blocks(text, 'json')[0]).toBe(fixture('package.json'));
    expect(blocks(text, 'js')[0]).toBe(fixture('skill.js'));
  });
});
