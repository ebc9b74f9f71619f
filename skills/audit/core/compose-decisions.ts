/**
 * Bodies of decision records, one text per distinct case and use: customers who were decided about on the same grounds share it, and
 * each has a record of their own. Holds no day and no run: the same decision on the same grounds on a later day is the same record.
 */
import { absences } from './absences.ts';
import { type DecidedCase, statementsOf } from './automated-decision.ts';

type Fact = string | number | boolean | null;

/** What the policy engine said of a case. */
export interface Verdict {
  readonly outcome: string;
  readonly policies: readonly Readonly<Record<string, unknown>>[];
  readonly unknownFacts: readonly string[];
  readonly facts: Readonly<Record<string, Fact>>;
  /** Digest of what the verdict rests on. */
  readonly key: string;
  readonly anchors: Readonly<Record<string, string>>;
  readonly ruling: Readonly<Record<string, unknown>> | null;
  readonly opinions: readonly unknown[] | null;
}

export interface DecidedUse {
  readonly subscriber: string;
  readonly purpose: string;
  readonly sink: string;
}

/** The five anchors of the gate, each with the rules that spoke for it. */
const anchorNames = ['privacy', 'fair-treatment', 'calibration', 'reporting', 'governance'] as const;

/** @returns the body as a value; the caller writes it as canonical JSON */
export function decisionBody(verdict: Verdict, use: DecidedUse, reach: DecidedCase['reach']): Readonly<Record<string, unknown>> {
  const known = Object.entries(verdict.facts).filter(([, value]) => value !== null);
  const isModelCalled = verdict.facts['languageModelCall'] === true;
  return {
    anchors: Object.fromEntries(
      anchorNames.map((anchor) => [
        anchor,
        {
          outcome: verdict.anchors[anchor] ?? { absent: 'the engine does not tell anchors apart' },
          rules: verdict.policies.filter((policy) => policy['anchor'] === anchor).map(ruleOf),
        },
      ]),
    ),
    automation: statementsOf({ purpose: use.purpose, facts: verdict.facts, reach }),
    case: verdict.key,
    customer: 'kid',
    facts: Object.fromEntries(known),
    handOff: verdict.outcome === 'pass' ? { allowed: true } : { allowed: false },
    opinions: verdict.opinions ?? { absent: absences.opinions },
    outcome: verdict.outcome,
    review: verdict.ruling ?? { absent: absences.review },
    rules: verdict.policies.map(({ id }) => id),
    unknown: { decisive: verdict.unknownFacts, all: Object.keys(verdict.facts).filter((name) => verdict.facts[name] === null) },
    use: { purpose: use.purpose, sink: use.sink, subscriber: use.subscriber },
    zeroRetention: isModelCalled
      ? verdict.facts['zeroRetentionEvidence'] === true
        ? { evidence: true, verify: 'configuration and binding are verified, never the deletion of one call' }
        : { absent: absences.zeroRetentionUnproven }
      : { absent: absences.noModelCall },
  };
}

/** What a rule was and what it rests on; remedies stand in the law of the run. */
function ruleOf({ id, effect, citation, regime, verify }: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return { id, effect, citation, ...(regime ? { regime } : {}), ...(verify ? { verify } : {}) };
}
