import { residenceOf } from '../../../../skills/gate/core/jurisdiction.ts';
/** Drafts of notices, from the disclosure register and what the newest run knows. Sends nothing and decides nothing. */
import { deadlineOf } from '../../../../skills/gate/core/notices/deadlines.ts';
import { fillText } from '../../../../skills/gate/core/notices/fill-text.ts';
import { type Factor, principalReasons, standingAgainst } from '../../../../skills/gate/core/notices/principal-reasons.ts';
import { purposes } from '../../../../skills/gate/schemas.ts';
import { CohortiumError, compareText, float64Column, int32Column, textColumn } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../../skills/sdk/numeric/index.ts';
import { readManifest, championsOf } from '../../govern/models/manifest.ts';
import type { Workspace } from '../../workspace.ts';
import { newestRun } from '../newest-run.ts';
import type { Disclosure, DisclosureKind } from '../overlays/disclosure-schema.ts';
import { readOverlays } from '../overlays/read-overlays.ts';
import { chooseDisclosure, shippedDisclosures } from './disclosure-register.ts';
import { logicWords } from './logic-words.ts';
import type { AdverseActionRequest, NoticeDoor, NoticeText } from './notice-interface.ts';

type Place = Pick<Workspace, 'paths' | 'content' | 'clock' | 'orchestrator' | 'policies' | 'warehouse' | 'memberships' | 'config'>;

export function noticeDoor(workspace: Place): NoticeDoor {
  const today = (): string => new Date(workspace.clock.now()).toISOString().slice(0, 10);
  const dayOf = (asOf: string | undefined): string => {
    if (asOf !== undefined && dayOfIsoDate(asOf) === undefined) {
      throw new CohortiumError('ARGUMENT_INVALID', `an ISO date such as 2026-01-31 was expected; found '${asOf}'`);
    }
    return asOf ?? today();
  };
  const registers = async () => {
    // The session is what checks that the shipped files are those of the manifest.
    const { bundle } = await workspace.policies().session();
    return { shipped: shippedDisclosures(), own: readOverlays(workspace.paths, bundle.law.facts).disclosures };
  };
  const choose = async (kind: DisclosureKind, places: readonly string[], asOf: string): Promise<Disclosure> => {
    const { shipped, own } = await registers();
    return chooseDisclosure(shipped, own, kind, places, asOf);
  };
  return {
    adverseActionNotice: async (request) => {
      const { customerId, received, isConsumerReport = false, values = {} } = request;
      const date = dayOf(request.asOf);
      const places = request.jurisdiction === undefined ? await homesOf(workspace, customerId) : wider(request.jurisdiction);
      const disclosure = await choose('adverse-action', places, date);
      const { factors, method } = await factorsOf(workspace, request);
      const reasons = principalReasons(factors, disclosure.reasons ?? {});
      const filled = {
        applicant: customerId,
        date,
        reasons: reasons.map(({ text }, at) => `${at + 1}. ${text}`).join('\n'),
        ...values,
      };
      const also = isConsumerReport ? [await choose('consumer-report', places, date)] : [];
      return {
        customerId,
        date,
        notices: [disclosure, ...also].map((one) => noticeText(one, filled)),
        reasons,
        method,
        due: received === undefined ? null : await dueOf(workspace, disclosure.regime, received, date),
      };
    },
    logicNotice: async ({ jurisdiction = 'EU', purpose = 'analytics', asOf, values = {} }) => {
      const known = purposes.find((one) => one === purpose);
      if (!known) throw new CohortiumError('ARGUMENT_INVALID', `purpose '${purpose}' is not known; purposes are: ${purposes.join(', ')}`);
      const words = logicWords(await modelKinds(workspace), known);
      return noticeText(await choose('logic', wider(jurisdiction), dayOf(asOf)), { ...words, ...values });
    },
    aiDisclosure: async ({ jurisdiction = 'EU', asOf, values = {} }) =>
      noticeText(await choose('ai-disclosure', wider(jurisdiction), dayOf(asOf)), values),
    narrativeDisclosure: async () => {
      const { shipped, own } = await registers();
      const first = [...shipped, ...own].filter(({ kind }) => kind === 'ai-disclosure').map(({ effectiveFrom }) => effectiveFrom);
      const day = [today(), first.sort(compareText)[0] ?? ''].sort(compareText).at(-1) ?? '';
      return noticeText(chooseDisclosure(shipped, own, 'ai-disclosure', ['EU'], day), { model: 'a language model' }).text;
    },
  };
}

/** `US-NY` is New York, then the United States. */
function wider(jurisdiction: string): readonly string[] {
  const country = jurisdiction.split('-')[0] ?? '';
  return country === jurisdiction ? [jurisdiction] : [jurisdiction, country];
}

async function homesOf(workspace: Place, customerId: string): Promise<readonly string[]> {
  const run = await newestRun(workspace, ['accounts', 'snapshot']);
  const snapshot = run?.ref('snapshot');
  if (!run || !snapshot) throw nobody(customerId);
  const declared = await workspace.warehouse().declaredAt(snapshot, run.asOf, { signal: new AbortController().signal });
  const { residency, country } = residenceOf(declared.get(customerId)?.attributes.get('residency') ?? '');
  const homes = [residency, country].filter((place) => place !== '');
  if (homes.length > 0) return [...new Set(homes)];
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    `nobody has declared where ${customerId} lives, so it is not known which text has to be sent; name the jurisdiction, such as US`,
  );
}

async function factorsOf(
  workspace: Place,
  { customerId, definition, window }: AdverseActionRequest,
): Promise<{ readonly factors: readonly Factor[]; readonly method: string }> {
  if (definition === undefined) return accountFactors(workspace, customerId);
  const { memberships } = workspace.memberships().memberships({ customerId });
  const found = memberships.filter((one) => one.definition === definition && (window === undefined || one.window === window));
  const [only] = found;
  if (!only || found.length > 1) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      only
        ? `${customerId} is in '${definition}' in ${found.map((one) => one.window).join(', ')}; name one window`
        : `${customerId} is in no cohort of '${definition}'${window === undefined ? '' : ` in ${window}`}`,
    );
  }
  return {
    factors: only.reasons.map(({ feature, contribution }) => ({ factor: feature, against: contribution })),
    method: `what spoke for the cohort '${only.name}' of ${definition} in ${only.window}, by its explanation`,
  };
}

/** How far the customer stands behind the others in what the value is made from. */
async function accountFactors(workspace: Place, customerId: string) {
  const run = await newestRun(workspace, ['accounts']);
  const accounts = run?.ref('accounts');
  if (!run || !accounts) throw nobody(customerId);
  const table = workspace.content.getTable(accounts);
  const row = textColumn(table, 'customerId').indexOf(customerId);
  if (row < 0) throw nobody(customerId);
  const baskets = int32Column(table, 'baskets');
  const tenure = int32Column(table, 'TDays');
  const activeSpan = int32Column(table, 'txDays');
  const spend = float64Column(table, 'totalSpendMinor');
  const recency = Int32Array.from(tenure, (days, at) => days - (activeSpan[at] ?? 0));
  const average = Float64Array.from(spend, (total, at) => total / Math.max(baskets[at] ?? 1, 1));
  const against = (values: ArrayLike<number>, better: 'more' | 'less'): number => standingAgainst(values[row] ?? 0, values, better);
  const factors: readonly Factor[] = [
    { factor: 'recencyDays', against: against(recency, 'less') },
    { factor: 'orders', against: against(baskets, 'more') },
    { factor: 'tenureDays', against: against(tenure, 'more') },
    { factor: 'averageOrderMinor', against: against(average, 'more') },
    { factor: 'spendMinor', against: against(spend, 'more') },
  ];
  return {
    factors,
    method: `how far the customer stands behind the ${baskets.length} customers of the run of ${run.asOf} in what the value is made from`,
  };
}

function nobody(customerId: string): CohortiumError {
  return new CohortiumError(
    'SCORE_NOT_FOUND',
    `no completed run has '${customerId.slice(0, 80)}' among its accounts; check the id, or run a pipeline first`,
  );
}

async function dueOf(workspace: Place, regime: string, from: string, today: string) {
  if (dayOfIsoDate(from) === undefined) {
    throw new CohortiumError('ARGUMENT_INVALID', `--received: an ISO date such as 2026-01-31 was expected; found '${from}'`);
  }
  const { bundle } = await workspace.policies().session();
  const deadline = 'adverseActionDays';
  const days = bundle.law.files.find((file) => file.regime === regime)?.deadlines[deadline];
  const on = typeof days === 'number' ? deadlineOf(deadline, days, from) : undefined;
  return typeof days === 'number' && on !== undefined ? { deadline, days, from, on, isOver: today > on } : null;
}

/** What kinds of models the newest run had, for words about the logic. */
export async function modelKinds(workspace: Place) {
  const run = await newestRun(workspace, ['accounts']);
  const config = run?.configOf('cohort') ?? {};
  const { timing, seasonal, horizonDays } = config;
  return {
    timing: Array.isArray(timing) ? timing.filter((one): one is string => typeof one === 'string') : [],
    isSeasonal: seasonal === true,
    hasTrees: championsOf(readManifest(workspace.paths.directory)).length > 0,
    horizonDays: typeof horizonDays === 'number' ? horizonDays : 90,
  };
}

function noticeText(disclosure: Disclosure, values: Readonly<Record<string, string>>): NoticeText {
  const { id, version, jurisdiction, regime, citation, wording, place, file, verify, text } = disclosure;
  const filled = fillText(text, values);
  return { disclosure: { id, version, jurisdiction, regime, citation, wording, place, file, verify: verify ?? null }, ...filled };
}
