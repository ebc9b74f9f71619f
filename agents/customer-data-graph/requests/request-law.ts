/**
 * What the law says of one request: which regimes are about the person, which of them give the right on that day, and on what a denial
 * rests. Reads the regimes that the gate decides by; has no law of its own. A regime whose scope hangs on a fact that nobody knows
 * gives its right all the same, because that reading is the stricter one for the operator.
 */
import { residenceOf } from '../../../skills/gate/core/jurisdiction.ts';
import type { Facts } from '../../../skills/gate/core/policy/condition.ts';
import { applicability } from '../../../skills/gate/core/policy/regime.ts';
import { addMonths, dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import type { Law } from '../law/read-law.ts';
import type { DenialReason, RequestAnswers } from './answers-file.ts';
import type { RegimeDeadlines } from './request-clocks.ts';
import { type IdentityLevel, identityLevels, isAtLeast, type RequestKind, rightOf } from './request-kinds.ts';

export interface RightBasis extends RegimeDeadlines {
  readonly citation: string;
  readonly title: string;
  /** Facts that its reach hangs on, and that nobody knows; empty where it is about the person for certain. */
  readonly hangsOn: readonly string[];
}

export interface RequestLaw {
  /** Regimes that give this right to somebody who lives there, on a day. */
  readonly givenBy: (kind: RequestKind, residence: string, day: string) => readonly RightBasis[];
  /** The level of identity that a kind needs. */
  readonly levelFor: (kind: RequestKind) => IdentityLevel;
  /** What a denial rests on: the sections that are known, else the regimes themselves. */
  readonly basisOf: (reason: DenialReason, regimes: readonly string[]) => readonly { readonly regime: string; readonly citation: string }[];
  /** How many were to be answered in the time before a day; undefined unless every law that gives the right lets the next one be refused. */
  readonly frequency: (
    kind: RequestKind,
    regimes: readonly string[],
    day: string,
  ) => { readonly requests: number; readonly since: string; readonly citation: string } | undefined;
  readonly answers: RequestAnswers;
}

/**
 * @param stated what the operator states once, over what the vocabulary assumes
 * @param raised levels that the operator asks for; a lower one than the law's is passed over
 */
export function requestLaw(
  law: Law,
  stated: Facts,
  answers: RequestAnswers,
  raised: Readonly<Partial<Record<RequestKind, IdentityLevel>>> = {},
): RequestLaw {
  const files = new Map(law.files.map((file) => [file.regime, file]));
  return {
    answers,
    givenBy: (kind, residence, day) => {
      const { residency, country } = residenceOf(residence);
      const facts: Facts = {
        ...stated,
        ...(residency === '' ? {} : { residency }),
        ...(country === '' ? {} : { country }),
        // Which decision is contested is known once it is looked at: whatever law some use falls under gives the right until then.
        ...(kind === 'human-review' ? {} : { purpose: 'analytics' }),
      };
      return law.regimes.flatMap((regime): RightBasis[] => {
        const file = files.get(regime.id);
        if (file?.anchor !== 'privacy') return [];
        const gives = file.rights.map(rightOf).some(({ kinds, since }) => kinds.includes(kind) && (since === null || since <= day));
        if (!gives) return [];
        const reach = applicability(regime, facts, day);
        // Where nobody has said where they live, every place could be theirs: then no regime counts, and the operator's own clock does.
        if (reach.applies === 'no' || reach.applies === 'not-in-force' || isOpenPlace(reach)) return [];
        const hangsOn = reach.applies === 'open' ? reach.unknownFacts : [];
        return [{ regime: regime.id, title: file.title, citation: file.citation, deadlines: file.deadlines, hangsOn }];
      });
    },
    levelFor: (kind) => {
      const needed = answers.identity.find((one) => one.kind === kind)?.level ?? 'reasonably-high';
      const asked = raised[kind] ?? 'unverified';
      return isAtLeast(asked, needed) ? asked : (identityLevels.find((level) => level === needed) ?? 'reasonably-high');
    },
    basisOf: (reason, regimes) => {
      const denial = answers.denials.find((one) => one.reason === reason);
      return regimes.map((id) => {
        const section = denial?.basis.find(({ regime }) => id === regime || id.startsWith(`${regime}-`));
        return { regime: id, citation: section?.citation ?? files.get(id)?.citation ?? '' };
      });
    },
    frequency: (kind, regimes, day) => {
      const rows = answers.frequency.filter((row) => row.beyond === 'refuse' && regimes.includes(row.regime) && row.kinds.includes(kind));
      // Every law has to be content, so the one that asks for most counts, and all of them must count at all.
      if (rows.length === 0 || rows.length < new Set(regimes).size) return undefined;
      const most = rows.reduce((best, row) => (row.requests > best.requests ? row : best));
      const since = addMonths(dayOfIsoDate(day) ?? 0, -most.months);
      return { requests: most.requests, since: isoDate(since ?? 0), citation: most.citation };
    },
  };
}

function isOpenPlace(reach: ReturnType<typeof applicability>): boolean {
  return reach.applies === 'open' && reach.unknownFacts.some((fact) => fact === 'residency' || fact === 'country');
}
