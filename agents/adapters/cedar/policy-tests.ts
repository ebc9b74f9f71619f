/**
 * Runs the test files of a policies folder: cases of facts, purpose and day with the outcome that counsel expects. Refuses a
 * file that does not parse; a case that expects something else than it gets is an answer, not an error.
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';

import { z } from 'zod';

import { factFault } from '../../../skills/gate/core/policy/read-fact.ts';
import { CohortiumError, readYaml } from '../../../skills/sdk/index.ts';
import type { PipelineTestReport } from '../../customer-data-graph/interface.ts';
import type { CedarEngine, PolicyDecision } from './cedar-engine.ts';

const facts = z.record(z.string(), z.union([z.string(), z.int(), z.boolean(), z.null()]));
const question = { purpose: z.string(), sink: z.string(), asOf: z.string().regex(/^\d{4}-\d{2}-\d{2}$/, 'an ISO date was expected') };

const policyTestSchema = z.strictObject({
  policyTests: z.literal(1).describe('Version of this file format.'),
  given: z.strictObject({ ...question, facts }).describe('What holds for every case unless the case says otherwise.'),
  cases: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        facts: facts.default({}).describe('Over the given ones; null makes a fact unknown.'),
        purpose: question.purpose.optional(),
        sink: question.sink.optional(),
        asOf: question.asOf.optional(),
        expect: z.strictObject({
          outcome: z.enum(['pass', 'fail', 'counsel']),
          policies: z.array(z.string()).optional().describe('Exactly these, in any order.'),
          unknownFacts: z.array(z.string()).optional().describe('Exactly these, in any order.'),
        }),
      }),
    )
    .min(1),
});

/**
 * @param files test files, each `*.test.yaml`
 * @throws {CohortiumError} POLICY_INVALID for a test file with faults, or for the policies themselves
 */
export async function runPolicyTests(engine: CedarEngine, files: readonly string[]): Promise<PipelineTestReport> {
  const cases: { name: string; ok: boolean; message: string }[] = [];
  for (const file of files) {
    const { value, diagnostics } = readYaml(readFileSync(file, 'utf8'), file, policyTestSchema, 'POLICY_INVALID');
    if (!value) throw new CohortiumError('POLICY_INVALID', `${file} has ${diagnostics.length} fault(s)`, { diagnostics });
    const { facts: known } = (await engine.session()).bundle;
    const stated = [value.given.facts, ...value.cases.map((one) => one.facts)].flatMap((one) => Object.entries(one));
    const faults = stated.flatMap(([name, fact]) => factFault(known, name, fact) ?? []);
    if (faults.length > 0) throw new CohortiumError('POLICY_INVALID', `${file}: ${[...new Set(faults)].join('; ')}`);
    for (const { name, expect, ...own } of value.cases) {
      const decision = await engine.examine({ ...value.given, ...dropAbsent(own), facts: { ...value.given.facts, ...own.facts } });
      const message = difference(expect, decision);
      cases.push({ name: `${basename(file)}: ${name}`, ok: message === '', message });
    }
  }
  const passed = cases.filter(({ ok }) => ok).length;
  return { passed, failed: cases.length - passed, cases };
}

type Expectation = z.infer<typeof policyTestSchema>['cases'][number]['expect'];

function difference(expected: Expectation, { outcome, policies, unknownFacts }: PolicyDecision): string {
  const ids = policies.map(({ id }) => id);
  const parts: string[] = [];
  if (expected.outcome !== outcome) parts.push(`expected ${expected.outcome}, got ${outcome} (${ids.join(', ') || 'no policy applies'})`);
  if (expected.policies && !isSameSet(expected.policies, ids)) parts.push(`expected policies ${list(expected.policies)}, got ${list(ids)}`);
  if (expected.unknownFacts && !isSameSet(expected.unknownFacts, unknownFacts)) {
    parts.push(`expected unknown facts ${list(expected.unknownFacts)}, got ${list(unknownFacts)}`);
  }
  return parts.join('; ');
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).size === new Set(b).size && a.every((item) => b.includes(item));
}

function list(items: readonly string[]): string {
  return `[${items.join(', ')}]`;
}

function dropAbsent<Value extends object>(value: Value): { [Key in keyof Value]: Exclude<Value[Key], undefined> } {
  const present = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(present) as { [Key in keyof Value]: Exclude<Value[Key], undefined> }; // absent keys are optional in Value
}
