/** Regime files made into what the gate reads: a regime, and its rules with scope and exclusions in their conditions. */
import { cedarText } from '../core/policy/cedar-text.ts';
import { always, type Condition, factsOf } from '../core/policy/condition.ts';
import type { Regime } from '../core/policy/regime.ts';
import type { Anchor, PolicyRule } from '../core/policy/rule.ts';
import { purposes as allPurposes } from '../schemas.ts';
import { readCondition } from './read-condition.ts';
import type { FactDefinition, RegimeFile, RegimeRule } from './regime-schema.ts';

/** Names of groups of purposes that rules may use. */
const purposeGroups: Readonly<Record<string, readonly string[] | null>> = {
  all: null,
  marketing: ['ad-audience', 'offer-eligibility', 'advocate-selection', 'save-flow', 'churn-prevention'],
  significant: ['credit', 'instalment-plan', 'insurance', 'housing', 'employment', 'education', 'healthcare', 'essential-goods'],
};

export interface CompiledRegime {
  readonly regime: Regime;
  readonly rules: readonly PolicyRule[];
  /** What is wrong, in words, with the path of the place. */
  readonly faults: readonly { readonly path: readonly (string | number)[]; readonly message: string }[];
}

/**
 * @param source name of the file as people see it
 * @param lineOf 1-based line of a rule
 */
export function compileRegime(
  file: RegimeFile,
  facts: Readonly<Record<string, FactDefinition>>,
  source: string,
  lineOf: (rule: number) => number,
): CompiledRegime {
  const faults: { path: readonly (string | number)[]; message: string }[] = [];
  const read = (text: RegimeFile['appliesTo'], path: readonly (string | number)[]): Condition => {
    if (text === undefined) return always;
    const found: string[] = [];
    const condition = readCondition(text, facts, found);
    faults.push(...found.map((message) => ({ path, message })));
    return condition;
  };
  const scope = read(file.appliesTo, ['appliesTo']);
  const exclusions = file.excludes.map(({ when, citation, because }, at) => ({
    when: read(when, ['excludes', at, 'when']),
    citation,
    because,
  }));
  if (file.rules.length === 0 && file.evidenceOnly === undefined && file.retention.length === 0) {
    faults.push({ path: ['rules'], message: 'a regime needs a rule, a retention row, or `evidenceOnly` that says why it has none' });
  }
  if (file.rules.length > 0 && file.anchor === 'records') faults.push({ path: ['anchor'], message: 'rules need one of the five anchors' });
  const rules = file.rules.map((rule, at): PolicyRule => {
    const purposes = purposesOf(rule, (message) => faults.push({ path: ['rules', at, 'purposes'], message }));
    const when = read(rule.when, ['rules', at, 'when']);
    const parts = [scope, ...exclusions.map((exclusion): Condition => ({ kind: 'not', of: exclusion.when })), when];
    const condition = allOf(parts);
    const known = {
      id: rule.id,
      regime: file.regime,
      anchor: file.anchor === 'records' ? ('governance' satisfies Anchor) : file.anchor,
      outcome: rule.outcome,
      citation: rule.citation ?? file.citation,
      remedy: rule.remedy,
      effectiveFrom: later(rule.effectiveFrom, file.effectiveFrom),
      effectiveTo: earlier(rule.effectiveTo, file.effectiveTo),
      purposes,
      verify: rule.verify ?? null,
      condition,
    };
    return { ...known, facts: factsOf(condition), cedar: cedarText(known), file: source, line: lineOf(at) };
  });
  return {
    regime: {
      id: file.regime,
      version: file.version,
      anchor: file.anchor,
      title: file.title,
      citation: file.citation,
      effectiveFrom: file.effectiveFrom ?? null,
      effectiveTo: file.effectiveTo ?? null,
      scope,
      notAboutBecause: file.notAboutBecause ?? `Its scope is ${file.jurisdiction}.`,
      exclusions,
      reads: factsOf({ kind: 'all', of: [scope, ...exclusions.map(({ when }) => when)] }),
      rules: rules.map(({ id }) => id),
      verify: [...file.verify, ...rules.flatMap(({ verify }) => (verify === null ? [] : [verify]))],
    },
    rules,
    faults,
  };
}

function purposesOf({ purposes }: RegimeRule, fault: (message: string) => void): readonly string[] | null {
  if (typeof purposes === 'string') return purposeGroups[purposes] ?? null;
  const unknown = purposes.filter((purpose) => !allPurposes.some((known) => known === purpose));
  if (unknown.length > 0) fault(`there is no purpose '${unknown.join("', '")}'; purposes are: ${allPurposes.join(', ')}`);
  return purposes;
}

/** Flattened, so that the generated text reads as a person would write it. */
function allOf(parts: readonly Condition[]): Condition {
  const flat = parts.flatMap((part) => (part.kind === 'all' ? part.of : [part]));
  const [only] = flat;
  return flat.length === 1 && only ? only : { kind: 'all', of: flat };
}

function later(one: string | undefined, other: string | undefined): string | null {
  if (one === undefined || other === undefined) return one ?? other ?? null;
  return one > other ? one : other;
}

function earlier(one: string | undefined, other: string | undefined): string | null {
  if (one === undefined || other === undefined) return one ?? other ?? null;
  return one < other ? one : other;
}
