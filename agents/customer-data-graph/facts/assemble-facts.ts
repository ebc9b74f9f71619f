/**
 * What the gate needs to know about each customer, from what is declared in the graph. Knows three values: true, false and
 * unknown (empty text); silence is unknown unless silence says something. Infers nothing, never takes a residency from where
 * somebody shops, and never takes a browser signal for an opt-out of profiling.
 */
import { residenceOf } from '../../../skills/gate/core/jurisdiction.ts';
import {
  type CallOptions,
  codedColumn,
  column,
  type ContentStore,
  type Graph,
  makeTable,
  type Ref,
  textColumn,
} from '../../../skills/sdk/index.ts';
import { emptyConsentState } from '../consents/consent-aspects.ts';
import type { Declared } from '../features/declared.ts';
import { ageBandOf } from './age-band.ts';
import { type CustomerFactName, type CustomerFacts, customerFactNames, purposesOfFact, type Truth } from './customer-facts.ts';
import type { FactsOfUse } from './facts-of-use.ts';

/** Where declarations come from; the warehouse implements it. */
interface DeclarationSource {
  readonly declaredAt: (snapshot: Ref, asOf: string, options: Pick<CallOptions, 'signal'>) => Promise<ReadonlyMap<string, Declared>>;
}

interface GraphOptions {
  readonly content: ContentStore;
  readonly declarations: DeclarationSource;
  /**
   * The ISO day from which on, the operator declares, every refusal and opt-out signal is in the data, so that as of that day or
   * later a customer without one has not opted out. Otherwise that is unknown.
   */
  readonly consentCompleteSince?: string | undefined;
  /** What was measured of a use, as it holds on a day; may read what the operator states about it. */
  readonly factsOfUse?: FactsOfUse | undefined;
}

/** The graph port over a source of declarations. */
export function createGraph({ content, declarations, consentCompleteSince, factsOfUse }: GraphOptions): Graph {
  return {
    async assembleFacts({ snapshot, accounts, asOf, uses }, options) {
      const declared = await declarations.declaredAt(snapshot, asOf, options);
      options.signal.throwIfAborted();
      const customers = textColumn(content.getTable(accounts), 'customerId');
      const facts = customers.map((customer) => factsOf(declared.get(customer), asOf, consentCompleteSince));
      const columns = customerFactNames.map((name) => [name, codedColumn(facts.map((known) => known[name]))] as const);
      return {
        facts: content.putTable(makeTable({ customerId: column.text(customers), ...Object.fromEntries(columns) })),
        ofUses: content.putJson(uses.map(({ purpose, sink, facts: stated }) => factsOfUse?.(purpose, sink, asOf, stated ?? {}) ?? {})),
        completeSince: consentCompleteSince ?? null,
      };
    },
  };
}

/**
 * Facts of one customer.
 * @param declared what is declared up to asOf; undefined when nothing is
 * @param asOf ISO date
 * @param completeSince see {@link GraphOptions}
 */
export function factsOf(
  declared: Pick<Declared, 'consents' | 'refusals' | 'attributes'> | undefined,
  asOf: string,
  completeSince: string | undefined,
): CustomerFacts {
  const { consents, refusals } = declared ?? emptyConsentState();
  const attributes = declared?.attributes ?? new Map<string, string>();
  const silence: Truth = completeSince !== undefined && completeSince <= asOf ? 'false' : '';
  const optOut = (name: CustomerFactName): Truth => refused(purposesOfFact[name] ?? [], refusals, silence);
  const consent = (name: CustomerFactName): Truth => granted(purposesOfFact[name] ?? [], consents);
  return {
    ...residenceOf(attributes.get('residency') ?? ''),
    ageBand: ageBandOf(attributes, asOf),
    marketingOptOut: optOut('marketingOptOut'),
    adsOptOut: optOut('adsOptOut'),
    saleOptOut: optOut('saleOptOut'),
    profilingOptOut: optOut('profilingOptOut'),
    automatedDecisionOptOut: optOut('automatedDecisionOptOut'),
    gpc: optOut('gpc'),
    sensitiveLimited: optOut('sensitiveLimited'),
    marketingConsent: consent('marketingConsent'),
    profilingConsent: consent('profilingConsent'),
    saleConsent: consent('saleConsent'),
    sensitiveConsent: consent('sensitiveConsent'),
    parentalConsent: consent('parentalConsent'),
    erasureRequestOpen: consent('erasureRequestOpen'),
  };
}

/** True when any purpose is refused; false when none is and each was answered, or silence means no refusal; otherwise unknown. */
function refused(purposes: readonly string[], refusals: ReadonlyMap<string, boolean>, silence: Truth): Truth {
  const answers = purposes.map((purpose) => refusals.get(purpose));
  if (answers.includes(true)) return 'true';
  return answers.includes(undefined) ? silence : 'false';
}

/** The question is what is on record, so nothing on record is a plain no. */
function granted(purposes: readonly string[], consents: ReadonlyMap<string, boolean>): Truth {
  const answers = purposes.map((purpose) => consents.get(purpose));
  return answers.includes(true) && !answers.includes(false) ? 'true' : 'false';
}
