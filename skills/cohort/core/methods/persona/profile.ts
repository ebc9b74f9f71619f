/** Sizes of personas, what sets each apart from all customers, and its name. */
import { orderFreeSums } from '../quality/order-free-sums.ts';
import { profileCohorts } from '../quality/profile.ts';
import type { Scale } from '../quality/standardise.ts';
import type { CategoryDictionary, PersonaColumns } from './columns.ts';
import type { CategoryProfile, PersonaProfile } from './model.ts';
import { describeTraits, namePersonas, standardisedShare, type ValueShare } from './name-personas.ts';

/** Values per category in a profile. */
const mostValues = 5;

export interface LabelledPersonas {
  readonly label: Int32Array;
  readonly confidence: Float64Array;
  readonly size: number;
}

/** @param codes of each category, by its dictionary */
export function profilePersonas(
  data: PersonaColumns,
  dictionaries: readonly CategoryDictionary[],
  codes: readonly Int32Array[],
  scale: Scale,
  { label, confidence, size }: LabelledPersonas,
): PersonaProfile[] {
  const certainty = orderFreeSums(confidence, size, label);
  const shares = dictionaries.map(({ values }, at) => countShares(codes[at] ?? new Int32Array(0), values, label, size));
  const cohorts = profileCohorts(data, label, size, scale);
  const traits = cohorts.map(({ cohort, features, size: members }) =>
    describeTraits(
      // In the order of the columns, so that equally strong traits come in it.
      members === 0 ? [] : data.names.flatMap((name) => features.filter(({ feature }) => feature === name)),
      dictionaries.map(({ name }, at) => ({ category: name, shares: members === 0 ? [] : (shares[at]?.[cohort] ?? []) })),
    ),
  );
  const names = namePersonas(traits);
  return cohorts.map((profile) => ({
    ...profile,
    name: names[profile.cohort] ?? '',
    categories: dictionaries.map(({ name }, at) => categoryProfile(name, shares[at]?.[profile.cohort] ?? [])),
    traits: traits[profile.cohort] ?? [],
    confidence: profile.size > 0 ? (certainty[profile.cohort] ?? 0) / profile.size : 0,
  }));
}

/** Shares of each value in each persona and in all, of customers whose value is known. */
function countShares(codes: Int32Array, values: readonly string[], label: Int32Array, size: number): ValueShare[][] {
  const kinds = values.length;
  const counts = new Float64Array(size * kinds);
  const known = new Float64Array(size);
  const all = new Float64Array(kinds);
  let allKnown = 0;
  for (let row = 0; row < codes.length; row++) {
    const code = codes[row] ?? -1;
    if (code < 0) continue;
    const persona = label[row] ?? 0;
    counts[persona * kinds + code] = (counts[persona * kinds + code] ?? 0) + 1;
    known[persona] = (known[persona] ?? 0) + 1;
    all[code] = (all[code] ?? 0) + 1;
    allKnown += 1;
  }
  return Array.from(known, (members, persona) =>
    members === 0
      ? []
      : values.map((value, code) => ({
          value,
          share: (counts[persona * kinds + code] ?? 0) / members,
          whole: (all[code] ?? 0) / allKnown,
        })),
  );
}

function categoryProfile(category: string, shares: readonly ValueShare[]): CategoryProfile {
  const values = shares
    .filter(({ share }) => share > 0)
    .map(({ value, share, whole }) => ({ value, share, lift: share / whole, difference: standardisedShare(share, whole) }))
    .toSorted((one, other) => other.difference - one.difference)
    .slice(0, mostValues);
  return { category, values };
}
