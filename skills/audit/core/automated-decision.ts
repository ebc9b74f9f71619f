/**
 * What a decision is under GDPR art. 22 and the Californian regulations on automated decision-making (ADMT), as far as the gate's facts
 * say: is it taken without a person, does it matter as those laws mean it, is the customer under them at all. Where the law needs a
 * lawyer's reading it says `verify` and what. Decides nothing and is no legal advice.
 */

/** Uses that the gate treats as legal or similarly significant. @see skills/gate/law/compile-regime.ts */
const significantPurposes: ReadonlySet<string> = new Set([
  'credit',
  'instalment-plan',
  'insurance',
  'housing',
  'employment',
  'education',
  'healthcare',
  'essential-goods',
]);

/** Listed in Cal. Code Regs. tit. 11, § 7001(ddd). */
const admtPurposes: ReadonlySet<string> = new Set(['credit', 'instalment-plan', 'housing', 'employment', 'education', 'healthcare']);

export interface RegimeReach {
  readonly regime: string;
  readonly applies: 'yes' | 'no' | 'open' | 'not-in-force';
}

export interface DecidedCase {
  readonly purpose: string;
  readonly facts: Readonly<Record<string, string | number | boolean | null>>;
  readonly reach: readonly RegimeReach[];
}

/** Whether the customer is under a law: as the gate found, or that it was not asked. */
export type Reach = RegimeReach['applies'] | 'not-asked';

type Statement = {
  readonly gdpr22: {
    readonly reach: Reach;
    /** Without a person who can decide otherwise; null when nobody stated it. */
    readonly solelyAutomated: boolean | null;
    readonly significantEffect: 'yes' | 'no' | 'verify';
    readonly lawfulException: boolean | null;
    readonly humanReviewOffered: boolean | null;
    readonly verify: readonly string[];
  };
  readonly admt: {
    readonly reach: Reach;
    readonly significantDecision: boolean;
    /** Whether the computation replaces, or substantially replaces, a person; null when nobody stated it. */
    readonly replacesPerson: boolean | null;
    readonly preUseNotice: boolean | null;
    readonly verify: readonly string[];
  };
  /** As the operator stated it; null for nothing stated. */
  readonly humanInvolvement: string | null;
};

export function statementsOf({ purpose, facts, reach }: DecidedCase): Statement {
  const automation = textOrNull(facts['automation']);
  const known = (name: string): boolean | null => (typeof facts[name] === 'boolean' ? facts[name] : null);
  const reachOf = (regime: string): Reach => reach.find((one) => one.regime === regime)?.applies ?? 'not-asked';
  const isSignificant = significantPurposes.has(purpose);
  const effect = isSignificant ? 'yes' : purpose === 'price-personalization' ? 'verify' : 'no';
  return {
    gdpr22: {
      reach: reachOf('eu-gdpr-22'),
      // A person who only nods is no involvement; whether this one does more is what `verify` asks.
      solelyAutomated: automation === null ? null : automation === 'solely-automated',
      significantEffect: effect,
      lawfulException: known('lawfulException'),
      humanReviewOffered: known('humanReviewOffered'),
      verify: [
        ...(automation === null ? ['how much of the decision is automated: nobody stated it'] : []),
        ...(automation === 'human-reviewed' ? ['that the review is more than a token gesture (WP251rev.01, IV.A)'] : []),
        ...(effect === 'verify' ? ['that no price of this range bars anybody from what they need (WP251rev.01, IV.B)'] : []),
        ...(effect === 'no' && automation === 'solely-automated'
          ? ['that this use has no similarly significant effect on whom it reaches (recital 71)']
          : []),
        ...(facts['thirdParty'] === true && isSignificant ? ['whether a third party draws strongly on the score (CJEU C-634/21)'] : []),
      ],
    },
    admt: {
      reach: reachOf('us-ca-admt'),
      significantDecision: admtPurposes.has(purpose),
      replacesPerson: automation === null ? null : automation === 'solely-automated' || automation === 'human-reviewed',
      preUseNotice: known('preUseNotice'),
      verify: [
        ...(admtPurposes.has(purpose) && automation === null ? ['whether a person is replaced (§ 7001(e)): nobody stated it'] : []),
        ...(admtPurposes.has(purpose) && automation === 'human-reviewed'
          ? ['that who reviews can read the output, looks at other information and may decide otherwise (§ 7001(e)(1))']
          : []),
      ],
    },
    humanInvolvement: automation,
  };
}

function textOrNull(value: string | number | boolean | null | undefined): string | null {
  return typeof value === 'string' ? value : null;
}
