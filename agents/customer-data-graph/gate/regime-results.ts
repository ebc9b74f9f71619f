/**
 * What each regime by itself says of one case, by the reference semantics of conditions: which of its rules apply, which hang on facts
 * that nobody knows, and where it is not about the case the citation that leaves it out. The outcome of the whole is the engine's.
 */
import { type Facts, truthOf } from '../../../skills/gate/core/policy/condition.ts';
import { applicability } from '../../../skills/gate/core/policy/regime.ts';
import { isInForce } from '../../../skills/gate/core/policy/rule.ts';
import type { PolicyBundle } from '../law/bundle.ts';
import type { RegimeResult } from './decision-interface.ts';

/** @param facts with every fact of the vocabulary that is known, and `purpose` and `sink` @param asOf ISO date */
export function regimeResults({ law, regimes, rules }: PolicyBundle, facts: Facts, asOf: string): readonly RegimeResult[] {
  const files = new Map(law.files.map((file) => [file.regime, file]));
  return regimes.map((regime): RegimeResult => {
    const { id, anchor, title, citation, verify } = regime;
    const common = { regime: id, anchor, title, rules: [], unknownFacts: [], verify };
    const reach = applicability(regime, facts, asOf);
    if (reach.applies === 'not-in-force') {
      const from = files.get(id)?.effectiveFrom;
      const because = from !== undefined && asOf < from ? `It is law from ${from} on.` : `It was law until ${regime.effectiveTo ?? ''}.`;
      return { ...common, result: 'not-in-force', citation, because };
    }
    if (reach.applies === 'no') return { ...common, result: 'not-applicable', citation: reach.citation, because: reach.because };
    const own = rules.filter(
      (rule) => rule.regime === id && isInForce(rule, asOf) && (rule.purposes === null || rule.purposes.includes(String(facts['purpose']))),
    );
    const truths = own.flatMap((rule) => (rule.condition ? [{ rule, truth: truthOf(rule.condition, facts) }] : []));
    const applying = truths.filter(({ truth }) => truth === true);
    const open = truths.flatMap(({ rule, truth }) => (typeof truth === 'boolean' ? [] : [{ rule, names: [...truth] }]));
    const isFail = applying.some(({ rule }) => rule.outcome === 'fail');
    const result = isFail ? 'fail' : applying.length + open.length > 0 ? 'counsel' : 'pass';
    const deciding = result === 'fail' ? applying : [...applying, ...open];
    return {
      ...common,
      result,
      citation: deciding[0]?.rule.citation ?? citation,
      because: null,
      rules: deciding.map(({ rule }) => rule.id),
      unknownFacts: isFail ? [] : [...new Set(open.flatMap(({ names }) => names))].sort(),
    };
  });
}
