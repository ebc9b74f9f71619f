/**
 * An audit of all configured uses from what a run decided and what is known of protected attributes: numbers only, a function of its inputs.
 * Nobody's group leaves this function; what comes out is about groups.
 */
import {
  type AttributeFinding,
  auditAttribute,
  type AuditAttribute,
  type AuditRows,
  type AuditSettings,
  candidatesOf,
  type FairnessOutcome,
  type Feature,
  findProxies,
  fitSurrogate,
  type GroupFinding,
  searchAlternatives,
  selectTop,
  strictestOutcome,
} from '../../../skills/gate/core/fairness/index.ts';
import { compareText } from '../../../skills/sdk/index.ts';
import type { AttributeRow, AttributeSource, ProxyRow } from '../../adapters/sqlite/fairness-store.ts';
import type { DecidedRun } from './decided-run.ts';
import type { FairnessConfig, FairnessSelect, FairnessUse } from './fairness-config.ts';
import type { AlternativesReport, FairnessDocument, FairnessSummary, ProxyReport, UseReport } from './fairness-document.ts';

export interface AuditInputs {
  readonly audit: string;
  readonly merchant: string;
  readonly run: DecidedRun;
  readonly config: FairnessConfig;
  readonly attributes: readonly { readonly source: AttributeSource; readonly rows: readonly AttributeRow[] }[];
  readonly proxies: readonly { readonly source: Omit<AttributeSource, 'kind'>; readonly rows: readonly ProxyRow[] }[];
}

const level = 0.95;
const percents = [5, 10, 20, 30, 50] as const;
const permutations = 99;
const mostProxyRows = 3000;
const mostSearchRows = 5000;
const draws = 200;

/** Everything that an audit says, in the order of configuration and names. */
export function computeAudit({ audit, merchant, run, config, attributes, proxies }: AuditInputs): FairnessDocument {
  const rowOf = new Map(run.customers.map((customer, row) => [customer, row]));
  const features = [
    ...run.features,
    ...proxies.map(({ source, rows }) => proxyFeature(source.attribute, rows, rowOf, run.customers.length)),
  ];
  const referenceOf = (name: string): string | null => {
    const reference = config.attributes.find((one) => one.name === name)?.reference ?? 'highest-rate';
    return reference === 'highest-rate' ? null : reference;
  };
  const audited = attributes.map(({ source, rows }) =>
    toAttribute(source, rows, rowOf, run.customers.length, referenceOf(source.attribute)),
  );
  const proxyReports = audited.flatMap((attribute) => proxiesOf(attribute, features, config));
  const uses = config.uses.map((use) => auditUse({ run, config, features, audited, proxyReports }, use));
  const matched = (rows: readonly { readonly customer: string }[]): number =>
    new Set(rows.flatMap(({ customer }) => (rowOf.has(customer) ? [customer] : []))).size;
  return {
    format: 'cohortium/fairness-audit@1',
    audit,
    asOf: run.asOf,
    merchant,
    run: { id: run.id, digest: run.digest },
    level,
    limits: config.limits,
    sources: [
      ...attributes.map(({ source, rows }) => ({
        ...source,
        customers: new Set(rows.map(({ customer }) => customer)).size,
        matched: matched(rows),
      })),
      ...proxies.map(({ source, rows }) => ({ ...source, kind: 'proxy' as const, customers: rows.length, matched: matched(rows) })),
    ],
    uses,
    proxies: proxyReports,
  };
}

interface UseInputs {
  readonly run: DecidedRun;
  readonly config: FairnessConfig;
  readonly features: readonly Feature[];
  readonly audited: readonly AuditAttribute[];
  readonly proxyReports: readonly ProxyReport[];
}

function auditUse(inputs: UseInputs, use: FairnessUse): UseReport {
  const { run, config, audited, proxyReports } = inputs;
  const { purpose, sink, select, among } = use;
  const passed = run.passedFor(purpose, sink) ?? new Uint8Array(run.customers.length);
  const selected = selectionOf(run.value, passed, select);
  const counted = Int32Array.from(Array.from(passed.keys()).filter((row) => among === 'decided' || passed[row] === 1));
  const rows: AuditRows = {
    selected: Uint8Array.from(counted, (row) => selected[row] ?? 0),
    score: Float64Array.from(counted, (row) => run.value[row] ?? 0),
    strata: Object.fromEntries(Object.entries(run.strata).map(([by, names]) => [by, Array.from(counted, (row) => names[row] ?? '')])),
    outcomes: outcomesOf(run.holdout, counted, select),
  };
  const settings = (attribute: string): AuditSettings => ({
    level,
    limits: config.limits,
    percents,
    preRegistered: {
      groups: config.preRegistered.flatMap((test) =>
        test.purpose === purpose && test.sink === sink && test.attribute === attribute ? [test.group] : [],
      ),
      tests: config.preRegistered.length,
    },
  });
  const attributes = audited.map((attribute) => {
    const finding = auditAttribute(rows, amongRows(attribute, counted), settings(attribute.name));
    return { ...finding, alternatives: alternativesOf(inputs, use, { passed, attribute, finding }) };
  });
  const outcome = strictestOutcome(attributes.map((one) => one.outcome));
  const isProxyFlagged = proxyReports.some(({ findings }) => findings.some(({ isFlagged }) => isFlagged));
  return {
    purpose,
    sink,
    select,
    among,
    customers: counted.length,
    passed: count(passed),
    selected: count(selected),
    attributes,
    summary: summaryOf(use, outcome, attributes, isProxyFlagged),
  };
}

function amongRows(attribute: AuditAttribute, counted: Int32Array): AuditAttribute {
  const groups = attribute.groups.map(({ name, probability }) => ({
    name,
    probability: Float64Array.from(counted, (row) => probability[row] ?? Number.NaN),
  }));
  return { ...attribute, groups };
}

/** The holdout of the customers that count; the cut is taken among them, by what was predicted then. */
function outcomesOf(holdout: DecidedRun['holdout'], counted: Int32Array, select: FairnessSelect): AuditRows['outcomes'] {
  if (!holdout) return null;
  const placeOf = new Map(Array.from(counted, (row, place) => [row, place]));
  const known = Array.from(holdout.rows.keys()).filter((at) => placeOf.has(holdout.rows[at] ?? -1));
  if (known.length === 0) return null;
  const predicted = Float64Array.from(known, (at) => holdout.predicted[at] ?? 0);
  return {
    rows: Int32Array.from(known, (at) => placeOf.get(holdout.rows[at] ?? -1) ?? 0),
    selected: selectionOf(predicted, new Uint8Array(known.length).fill(1), select),
    predicted,
    actual: Float64Array.from(known, (at) => holdout.actual[at] ?? 0),
    isGood: Uint8Array.from(known, (at) => holdout.isGood[at] ?? 0),
  };
}

/** 1 for those among the allowed whom the cut selects. */
function selectionOf(value: Float64Array, allowed: Uint8Array, select: FairnessSelect): Uint8Array {
  if ('passed' in select) return allowed.slice();
  if ('valueAtLeastMinor' in select) return allowed.map((own, row) => (own === 1 && (value[row] ?? 0) >= select.valueAtLeastMinor ? 1 : 0));
  const rows = Array.from(allowed.keys()).filter((row) => allowed[row] === 1);
  const top = selectTop(
    rows.map((row) => value[row] ?? 0),
    select.topPercent,
  );
  const selected = new Uint8Array(allowed.length);
  rows.forEach((row, at) => {
    selected[row] = top[at] ?? 0;
  });
  return selected;
}

/** Looked for where somebody has to explain a disparity: on the group that is worst off. */
function alternativesOf(
  { run, config, features }: UseInputs,
  { select }: FairnessUse,
  { passed, attribute, finding }: { readonly passed: Uint8Array; readonly attribute: AuditAttribute; readonly finding: AttributeFinding },
): AlternativesReport | null {
  const [worst] = [...finding.groups].sort(byHarm);
  if (!worst || finding.outcome === 'pass' || worst.ratio === null || !('topPercent' in select)) return null;
  const { holdout } = run;
  const positions = holdout ? holdout.rows : Int32Array.from(run.customers.keys());
  const known = Array.from(positions.keys())
    .filter((at) => passed[positions[at] ?? 0] === 1)
    .slice(0, mostSearchRows);
  if (known.length < 2) return null;
  const at = <Kind>(values: ArrayLike<Kind>, missing: Kind): Kind[] => known.map((place) => values[positions[place] ?? 0] ?? missing);
  const score = Float64Array.from(known, (place) => (holdout ? (holdout.predicted[place] ?? 0) : (run.value[positions[place] ?? 0] ?? 0)));
  const worth = Float64Array.from(known, (place, row) => (holdout ? (holdout.actual[place] ?? 0) : (score[row] ?? 0)));
  const weightsOf = (name: string): Float64Array => {
    const probability = attribute.groups.find((group) => group.name === name)?.probability ?? new Float64Array(0);
    return Float64Array.from(at(probability, 0), (own) => (own > 0 ? own : 0));
  };
  const [own, other] = [weightsOf(worst.group), weightsOf(worst.reference)];
  const surrogate = fitSurrogate(
    score,
    features.map((feature): Feature =>
      feature.kind === 'category'
        ? { ...feature, values: at(feature.values, '') }
        : { ...feature, values: Float64Array.from(at(feature.values, Number.NaN)) },
    ),
  );
  const today = selectTop(score, select.topPercent);
  const found = searchAlternatives({
    today,
    worth,
    own,
    other,
    candidates: candidatesOf(score, surrogate, select.topPercent),
    level,
    tolerance: config.limits.performanceLoss,
    draws,
    seed: `${run.digest} ${attribute.name} ${worst.group}`,
  });
  return {
    group: worst.group,
    reference: worst.reference,
    explained: surrogate.explained,
    ratioToday: ratioOf(today, own, other),
    judgedBy: holdout ? 'holdout-spend' : 'predicted-value',
    customers: known.length,
    found,
  };
}

function proxiesOf(attribute: AuditAttribute, features: readonly Feature[], { limits }: FairnessConfig): readonly ProxyReport[] {
  // Of two groups that are everybody, what tells one tells the other.
  const groups = attribute.groups.length === 2 ? attribute.groups.slice(0, 1) : attribute.groups;
  return groups.map(({ name, probability }) => ({
    attribute: attribute.name,
    group: name,
    findings: findProxies(features, probability, { seed: `${attribute.name} ${name}`, permutations, mostRows: mostProxyRows }).map(
      (finding) => ({
        ...finding,
        isFlagged:
          finding.adjustedP <= limits.alpha && (finding.auc >= limits.proxyAuc || (finding.association?.cramersV ?? 0) >= limits.proxyV),
      }),
    ),
  }));
}

function toAttribute(
  { attribute, kind }: AttributeSource,
  rows: readonly AttributeRow[],
  rowOf: ReadonlyMap<string, number>,
  customers: number,
  reference: string | null,
): AuditAttribute {
  const groups = [...new Set(rows.map(({ group }) => group))].sort(compareText);
  const isKnown = new Uint8Array(customers);
  const weights = new Map(groups.map((group) => [group, new Float64Array(customers)]));
  for (const { customer, group, weight } of rows) {
    const row = rowOf.get(customer);
    const column = weights.get(group);
    if (row === undefined || !column) continue;
    isKnown[row] = 1;
    column[row] = weight;
  }
  return {
    name: attribute,
    kind,
    reference,
    groups: [...weights].map(([name, column]) => ({
      name,
      probability: column.map((own, row) => (isKnown[row] === 1 ? own : Number.NaN)),
    })),
  };
}

function proxyFeature(name: string, rows: readonly ProxyRow[], rowOf: ReadonlyMap<string, number>, customers: number): Feature {
  const values = new Array<string>(customers).fill('');
  for (const { customer, value } of rows) {
    const row = rowOf.get(customer);
    if (row !== undefined) values[row] = value;
  }
  return { name, kind: 'category', values };
}

const severity: Readonly<Record<FairnessOutcome, number>> = { pass: 0, counsel: 1, fail: 2 };

/** The worst first: by verdict, then by ratio. */
function byHarm(a: GroupFinding, b: GroupFinding): number {
  const verdicts = severity[b.verdict.outcome] - severity[a.verdict.outcome];
  if (verdicts !== 0) return verdicts;
  return (a.ratio ?? -1) - (b.ratio ?? -1) || compareText(a.group, b.group);
}

function summaryOf(
  { purpose, sink }: FairnessUse,
  outcome: FairnessOutcome,
  attributes: readonly AttributeFinding[],
  isProxyFlagged: boolean,
): FairnessSummary {
  const groups = attributes.flatMap((finding) => finding.groups.map((group) => ({ attribute: finding.attribute, group })));
  const [worst] = groups.sort((a, b) => byHarm(a.group, b.group) || compareText(a.attribute, b.attribute));
  return {
    purpose,
    sink,
    outcome,
    airLowerBasisPoints: coarse(worst?.group.scoreInterval?.low ?? null),
    airUpperBasisPoints: coarse(worst?.group.scoreInterval?.high ?? null),
    worst: worst
      ? { attribute: worst.attribute, group: worst.group.group, reference: worst.group.reference, reason: worst.group.verdict.reason }
      : null,
    isProxyFlagged,
  };
}

/** Basis points in whole per cents, rounded down: against the use, and exact at limits in whole per cents. */
function coarse(ratio: number | null): number | null {
  return ratio === null ? null : Math.min(1_000_000, 100 * Math.floor(ratio * 100 + 1e-9));
}

function ratioOf(selected: Uint8Array, own: Float64Array, other: Float64Array): number | null {
  const rate = (weights: Float64Array): number => {
    let [chosen, total] = [0, 0];
    weights.forEach((weight, row) => {
      total += weight;
      if (selected[row] === 1) chosen += weight;
    });
    return total > 0 ? chosen / total : 0;
  };
  const against = rate(other);
  return against > 0 ? rate(own) / against : null;
}

function count(flags: Uint8Array): number {
  return flags.reduce((total, own) => total + own, 0);
}
