import { describe, expect, it } from 'vitest';

import { formatDiagnostic } from '../../skills/sdk/index.ts';
import { countingSkill } from '../../test/fixtures/counting-skill.ts';
import { describePlan } from './describe-plan.ts';
import { parsePipeline } from './parse-pipeline.ts';
import { readPipelineTest, runCase } from './test-pipeline.ts';

const skills = new Map([countingSkill('first', 'one'), countingSkill('second', 'two', 'one')].map((skill) => [skill.id, skill]));
const lint = (text: string): string[] => parsePipeline(text, 'p.yaml', skills).diagnostics.map(formatDiagnostic);
const head = 'pipeline: p\nversion: 1\nsteps:\n';

describe('linting a pipeline', () => {
  it('accepts a good one and says where each input comes from', () => {
    const { plan } = parsePipeline(`${head}  - { id: a, skill: first }\n  - { id: b, skill: second, after: [a] }\n`, 'p.yaml', skills);
    expect(plan && describePlan(plan, skills).steps[1]).toMatchObject({
      binds: { one: 'a.one' },
      effects: ['number.take via transport', 'number.double via pure'],
    });
  });

  it('names a circle', () => {
    expect(lint(`${head}  - { id: a, skill: first, after: [b] }\n  - { id: b, skill: first, after: [a] }\n`)).toEqual([
      'p.yaml:4:28: error PIPELINE_CYCLE: steps wait for each other: a → b → a',
    ]);
  });

  it('names a skill that is not installed, and those that are', () => {
    expect(lint(`${head}  - { id: a, skill: frist }\n`)).toEqual([
      "p.yaml:4:14: error PIPELINE_SKILL_UNKNOWN: step 'a' uses skill 'frist', which is not installed; installed are: first, second",
    ]);
  });

  it('names a step that does not exist', () => {
    expect(lint(`${head}  - id: emit\n    skill: first\n    after: [gaet]\n`)).toEqual([
      "p.yaml:6:13: error PIPELINE_INVALID: step 'emit' runs after 'gaet', which no step defines; steps are: emit",
    ]);
    // What the misspelt step would have put out is not called missing as well.
    const steps = '  - id: a\n    skill: first\n  - id: b\n    skill: second\n    after: [aa]\n    when: { path: a.one, op: exists }\n';
    expect(lint(`${head}${steps}`)).toEqual([
      "p.yaml:8:13: error PIPELINE_INVALID: step 'b' runs after 'aa', which no step defines; steps are: a, b",
    ]);
  });

  it.each([
    ['{ path: a.one, op: over, value: 1 }', 'PIPELINE_PREDICATE_INVALID'],
    ['a.one > 1', 'PIPELINE_PREDICATE_INVALID'],
    ['{ path: c.one, op: gt, value: 1 }', 'PIPELINE_PREDICATE_INVALID'],
  ])('refuses the predicate %s', (predicate, code) => {
    const [found, ...rest] = lint(
      `${head}  - { id: a, skill: first }\n  - id: b\n    skill: second\n    after: [a]\n    when: ${predicate}\n`,
    );
    expect(found).toMatch(new RegExp(`^p\\.yaml:8:\\d+: error ${code}: `));
    expect(rest).toEqual([]);
  });

  it('binds only what a step puts out with its configuration, and says what is missing', () => {
    const first = countingSkill('first', 'one');
    const shy = { ...first, puts: ({ amount }: { readonly amount?: number }) => (amount === 7 ? [] : ['one']) };
    const set = new Map([...skills, ['first', shy]]);
    const steps = (given: string): string => `${head}  - { id: a, skill: first${given} }\n  - { id: b, skill: second, after: [a] }\n`;
    expect(parsePipeline(steps(''), 'p.yaml', set).plan?.steps[1]?.binds).toEqual({ one: 'a' });
    const { diagnostics } = parsePipeline(steps(''), 'p.yaml', set, new Map([['first', { amount: 7 }]]));
    expect(diagnostics.map(formatDiagnostic)).toEqual([
      "p.yaml:5:14: error PIPELINE_INVALID: input 'one' of 'second' has no producer: step 'a' does not put it out with its configuration, only: none",
    ]);
  });

  it('takes defaults that depend on what the step says', () => {
    const seen: unknown[] = [];
    const defaults = new Map([
      [
        'first',
        (given: Readonly<Record<string, unknown>>) => {
          seen.push(given);
          return {};
        },
      ],
    ]);
    expect(parsePipeline(`${head}  - { id: a, skill: first }\n`, 'p.yaml', skills, defaults).plan).toBeDefined();
    expect(seen).toEqual([{}]);
  });

  it('finds an input that nothing puts out', () => {
    expect(lint(`${head}  - { id: b, skill: second }\n`)).toEqual([
      "p.yaml:4:14: error PIPELINE_INVALID: input 'one' of 'second' has no producer before this step; it is put out by: first",
    ]);
  });

  it('finds an input that two steps put out', () => {
    const text = `${head}  - { id: a, skill: first }\n  - { id: c, skill: first }\n  - { id: b, skill: second, after: [a, c] }\n`;
    expect(lint(text)[0]).toContain("input 'one' of 'second' is put out by two steps before it: a, c");
  });

  it('checks configuration with the schema of the skill, at its place', () => {
    expect(lint(`${head}  - id: a\n    skill: first\n    with:\n      amuont: 3\n      amount: much\n`)).toEqual([
      expect.stringMatching(/^p\.yaml:8:7: error PIPELINE_INVALID: steps\[0\]\.with\.amount: .*found "much"$/),
      "p.yaml:7:7: error PIPELINE_INVALID: unknown key 'amuont' in steps[0].with",
    ]);
  });

  it('refuses what is not a duration, a number of attempts or a key of the grammar', () => {
    const text = `${head}  - id: a\n    skill: first\n    timeout: soon\n    retry: { attempts: 0, backoff: 2 }\n    run: rm\n`;
    expect(lint(text).map((line) => line.slice(0, 70))).toEqual([
      expect.stringMatching(/^p\.yaml:7:14: error PIPELINE_INVALID: steps\[0\]\.retry\.attempts/),
      expect.stringMatching(/^p\.yaml:7:27: error PIPELINE_INVALID: steps\[0\]\.retry\.backoff/),
      expect.stringMatching(/^p\.yaml:6:5: error PIPELINE_INVALID: steps\[0\]\.timeout/),
      expect.stringMatching(/^p\.yaml:8:5: error PIPELINE_INVALID: unknown key 'run'/),
    ]);
  });

  it('says what is wrong with a file that is empty, no mapping, or not YAML', () => {
    expect(lint('')).toEqual([expect.stringContaining('p.yaml:1:1: error PIPELINE_INVALID')]);
    expect(lint('- a')).toEqual([expect.stringContaining('p.yaml:1:1: error PIPELINE_INVALID')]);
    expect(lint('pipeline: [')).toEqual([expect.stringContaining('p.yaml:1:')]);
    expect(lint('pipeline: p\nversion: 1\nsteps: []\n')).toEqual([expect.stringContaining('p.yaml:3:1: error PIPELINE_INVALID: steps')]);
  });

  it('reports what else is wrong beside a key that it does not know', () => {
    const text = `${head}  - { id: a, skill: frist, colour: red }\n  - { id: b, skill: second, after: [z] }\n`;
    expect(lint(text).map((line) => line.replace(/^.*error (\w+): (.{22}).*$/, '$1 $2'))).toEqual([
      "PIPELINE_INVALID unknown key 'colour' i",
      "PIPELINE_SKILL_UNKNOWN step 'a' uses skill 'f",
      "PIPELINE_INVALID step 'b' runs after 'z",
    ]);
  });

  it('reports everything at once', () => {
    expect(lint(`${head}  - { id: a, skill: nope }\n  - { id: a, skill: first, after: [z] }\n`)).toHaveLength(3);
  });
});

describe('testing a pipeline', () => {
  const { plan } = parsePipeline(
    `${head}  - { id: a, skill: first, retry: { attempts: 2 } }\n  - { id: b, skill: second, after: [a], when: { path: a.one, op: gt, value: 5 } }\n`,
    'p.yaml',
    skills,
  );
  const run = (given: string, expectation: string) => {
    const { test, diagnostics } = readPipelineTest(
      `pipeline: p.yaml\ncases:\n  - name: c\n    given: ${given}\n    expect: ${expectation}\n`,
      't.yaml',
    );
    if (!test || !plan) throw new Error(diagnostics.map(formatDiagnostic).join('\n'));
    const [only] = test.cases;
    return only && runCase(plan, only);
  };

  it('passes when steps run and are skipped as expected', () => {
    expect(run('{ a: { output: { one: 6 } } }', '{ status: completed, ran: [a, b], skipped: [] }')).toMatchObject({ ok: true });
    expect(run('{ a: { output: { one: 5 } } }', '{ ran: [a], skipped: [b] }')).toMatchObject({ ok: true });
    expect(run('{ a: { fails: STORE_BUSY } }', '{ status: failed, ran: [], skipped: [b], attempts: { a: 2 } }')).toMatchObject({
      ok: true,
    });
    expect(run('{ a: { fails: STORE_BUSY, times: 1 } }', '{ status: completed, attempts: { a: 2 } }')).toMatchObject({ ok: true });
  });

  it('says what differed otherwise', () => {
    expect(run('{ a: { output: { one: 6 } } }', '{ skipped: [b] }')).toMatchObject({ ok: false, message: 'skipped: none; expected b' });
  });

  it('refuses a step that does not exist', () => {
    expect(run('{ x: { output: {} } }', '{}')?.message).toContain("'given' names x");
  });
});
