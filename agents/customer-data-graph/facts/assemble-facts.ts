/**
 * What the gate needs to know about each customer, from what is declared in the graph. Knows three values: true, false and
 * unknown (empty text); silence is unknown unless silence says something. Infers nothing, and never takes a residency from
 * where somebody shops.
 */
import { type CallOptions, column, type ContentStore, type Graph, makeTable, type Ref, textColumn } from '../../../skills/sdk/index.ts';
import type { Declared } from '../features/declared.ts';

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
}

type Fact = 'true' | 'false' | '';

interface CustomerFacts {
  /** As declared: ISO 3166-1 or -2 code, or EU; '' unknown. */
  readonly residency: string;
  /** Refused marketing, targeted advertising, sale or sharing. */
  readonly optedOut: Fact;
  /** Refused profiling or automated decisions. */
  readonly profilingObjection: Fact;
  /** A consent to marketing is on record and not withdrawn. */
  readonly marketingConsent: Fact;
  /** A Global Privacy Control signal is linked to the customer. Its absence says nothing unless it was looked for. */
  readonly gpc: Fact;
  /** Known to be under 18. */
  readonly minor: Fact;
}

/** The graph port over a source of declarations. */
export function createGraph({ content, declarations, consentCompleteSince }: GraphOptions): Graph {
  return {
    async assembleFacts({ snapshot, accounts, asOf }, options) {
      const declared = await declarations.declaredAt(snapshot, asOf, options);
      options.signal.throwIfAborted();
      const customers = textColumn(content.getTable(accounts), 'customerId');
      const facts = customers.map((customer) => factsOf(declared.get(customer), asOf, consentCompleteSince));
      const table = makeTable({
        customerId: column.text(customers),
        residency: column.text(facts.map(({ residency }) => residency)),
        optedOut: column.text(facts.map(({ optedOut }) => optedOut)),
        profilingObjection: column.text(facts.map(({ profilingObjection }) => profilingObjection)),
        marketingConsent: column.text(facts.map(({ marketingConsent }) => marketingConsent)),
        gpc: column.text(facts.map(({ gpc }) => gpc)),
        minor: column.text(facts.map(({ minor }) => minor)),
      });
      return { facts: content.putTable(table) };
    },
  };
}

const optOutPurposes = ['marketing', 'targeted-advertising', 'sale', 'sharing'] as const;
const profilingPurposes = ['profiling', 'automated-decision'] as const;

/**
 * Facts of one customer.
 * @param declared what is declared up to asOf; undefined when nothing is
 * @param asOf ISO date
 * @param completeSince see {@link GraphOptions}
 */
export function factsOf(declared: Declared | undefined, asOf: string, completeSince: string | undefined): CustomerFacts {
  const consentComplete = completeSince !== undefined && completeSince <= asOf;
  const consents = declared?.consents ?? new Map<string, boolean>();
  const attributes = declared?.attributes ?? new Map<string, string>();
  const gpc = consents.get('gpc');
  return {
    residency: attributes.get('residency') ?? '',
    optedOut: refused(optOutPurposes, consents, consentComplete),
    profilingObjection: refused(profilingPurposes, consents, consentComplete),
    // The question is what is on record, so nothing on record is a plain no. The same holds for a known minor.
    marketingConsent: consents.get('marketing') === true ? 'true' : 'false',
    gpc: gpc === undefined ? silence(consentComplete) : fact(!gpc),
    minor: fact(isKnownMinor(attributes, asOf)),
  };
}

/** True when any purpose is refused, false when one was granted and none refused, otherwise what silence says. */
function refused(purposes: readonly string[], consents: ReadonlyMap<string, boolean>, consentComplete: boolean): Fact {
  const answers = purposes.map((purpose) => consents.get(purpose));
  if (answers.includes(false)) return 'true';
  return answers.includes(true) ? 'false' : silence(consentComplete);
}

function silence(consentComplete: boolean): Fact {
  return consentComplete ? 'false' : '';
}

function fact(value: boolean): Fact {
  return value ? 'true' : 'false';
}

/** A declared `minor` counts until the declared birth year says that the customer is of age, on the last day of that year. */
function isKnownMinor(attributes: ReadonlyMap<string, string>, asOf: string): boolean {
  const birthYear = Number(attributes.get('birthYear') ?? Number.NaN);
  const age = Number(asOf.slice(0, 4)) - birthYear;
  // Within the year of the 18th birthday the day is not known; the safe reading is that it has not come yet.
  if (Number.isFinite(age)) return age <= 18;
  return attributes.get('minor') === 'true';
}
