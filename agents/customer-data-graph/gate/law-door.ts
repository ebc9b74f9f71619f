import { deadlineOf } from '../../../skills/gate/core/notices/deadlines.ts';
/** Shows the law that the gate decides by: every regime with its dates, what it demands, and what counsel has yet to confirm. */
import { anchors } from '../../../skills/gate/core/policy/rule.ts';
import type { RegimeFile } from '../../../skills/gate/law/regime-schema.ts';
import { CohortiumError, compareText } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import type { Law } from '../law/read-law.ts';
import type { Workspace } from '../workspace.ts';
import type { LawDoor, RegimeDetail, RegimeSummary } from './law-interface.ts';

const order: readonly string[] = [...anchors, 'records'];

export function lawDoor(workspace: Pick<Workspace, 'policies'>): LawDoor {
  const law = async (): Promise<Law> => (await workspace.policies().session()).bundle.law;
  return {
    regimes: async ({ asOf, anchor, isVerify = false }) => {
      if (asOf !== undefined) checkDate(asOf);
      if (anchor !== undefined && !order.includes(anchor)) {
        throw new CohortiumError('ARGUMENT_INVALID', `'${anchor}' is no anchor; anchors are: ${order.join(', ')}`);
      }
      return summariesOf(await law(), asOf).filter(
        (one) => (anchor === undefined || one.anchor === anchor) && (!isVerify || one.verify.length > 0),
      );
    },
    regime: async (id, { asOf, from }) => {
      if (asOf !== undefined) checkDate(asOf);
      if (from !== undefined) checkDate(from);
      return detailOf(await law(), id, asOf, from);
    },
  };
}

/** By anchor, then id. */
export function summariesOf(law: Law, asOf?: string): readonly RegimeSummary[] {
  return law.files
    .map((file) => summaryOf(law, file, asOf))
    .sort((a, b) => order.indexOf(a.anchor) - order.indexOf(b.anchor) || compareText(a.id, b.id));
}

function summaryOf({ regimes }: Law, file: RegimeFile, asOf: string | undefined): RegimeSummary {
  const { effectiveFrom = null, effectiveTo = null } = file;
  return {
    id: file.regime,
    anchor: file.anchor,
    title: file.title,
    citation: file.citation,
    jurisdiction: file.jurisdiction,
    status: file.status,
    effectiveFrom,
    effectiveTo,
    isInForce:
      asOf === undefined ? null : (effectiveFrom === null || effectiveFrom <= asOf) && (effectiveTo === null || asOf <= effectiveTo),
    rules: file.rules.length,
    retention: file.retention.length,
    verify: [...(regimes.find(({ id }) => id === file.regime)?.verify ?? []), ...file.retention.flatMap(({ verify }) => verify ?? [])],
  };
}

function detailOf(law: Law, id: string, asOf: string | undefined, from: string | undefined): RegimeDetail {
  const file = law.files.find(({ regime }) => regime === id);
  if (!file) {
    const near = law.files.map(({ regime }) => regime).filter((name) => name.includes(id) || id.includes(name));
    const hint = near.length > 0 ? `; such as ${near.slice(0, 5).join(', ')}` : '';
    throw new CohortiumError('ARGUMENT_INVALID', `there is no regime '${id.slice(0, 80)}'${hint}; 'cohortium gate regimes' lists them`);
  }
  const { optOut } = file;
  const rules = law.rules.filter(({ regime }) => regime === id);
  return {
    ...summaryOf(law, file, asOf),
    version: file.version,
    demand: file.demand,
    notAboutBecause: law.regimes.find((one) => one.id === id)?.notAboutBecause ?? '',
    excludes: file.excludes.map(({ citation, because }) => ({ citation, because })),
    optOut: optOut
      ? { profiling: optOut.profiling, scope: optOut.scope, alsoOf: optOut.alsoOf, universalSignal: optOut.universalSignal ?? null }
      : null,
    rights: file.rights,
    deadlines: Object.entries(file.deadlines).map(([name, value]) => ({
      name,
      value,
      due: from === undefined ? null : (deadlineOf(name, value, from) ?? null),
    })),
    ruleTexts: rules.map((rule) => ({
      id: rule.id,
      outcome: rule.outcome,
      purposes: rule.purposes,
      citation: rule.citation,
      remedy: rule.remedy,
      effectiveFrom: rule.effectiveFrom,
      effectiveTo: rule.effectiveTo,
      verify: rule.verify,
      facts: rule.facts,
    })),
    retentionRows: file.retention.map((row) => ({
      id: row.id,
      kind: row.kind,
      period: periodWords(row),
      records: row.records,
      citation: row.citation,
      note: row.note ?? null,
      verify: row.verify ?? null,
    })),
    evidenceOnly: file.evidenceOnly ?? null,
    oftenMisstated: file.oftenMisstated ?? null,
    reviewed: file.reviewed,
    cases: file.cases.length,
  };
}

type Row = Pick<RegimeFile['retention'][number], 'years' | 'months' | 'days' | 'until' | 'from' | 'kind'>;

/** Such as `2 years 1 month from notice-of-action`, or `until purpose-end`. */
export function periodWords({ years = 0, months = 0, days = 0, until, from, kind }: Row): string {
  if (kind === 'none') return 'no period';
  if (until !== undefined) return `until ${until}`;
  const parts = [counted(years, 'year'), counted(months, 'month'), counted(days, 'day')].filter((part) => part !== '');
  return parts.length === 0 ? 'no period' : `${parts.join(' ')} from ${from}`;
}

function counted(count: number, unit: string): string {
  return count === 0 ? '' : `${count} ${unit}${count === 1 ? '' : 's'}`;
}

function checkDate(text: string): void {
  if (dayOfIsoDate(text) === undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', `an ISO date such as 2026-01-31 was expected; found '${text}'`);
  }
}
