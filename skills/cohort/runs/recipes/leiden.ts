/** Communities of customers by what links them: the same products, referrals, a household. */
import { leiden, type LeidenModel, linkBaskets, type LinkColumns } from '../../core/methods/index.ts';
import { type Reasons, keepReasons } from '../../core/runs/top-reasons.ts';
import { type MethodParameters, parameterSchemas } from '../../definitions/parameters.ts';
import type { CohortPicture } from '../../definitions/pictures.ts';
import type { Frame } from '../frame.ts';
import type { CohortRecipe, CohortWords } from '../recipe.ts';
import { runMethod } from '../run-method.ts';
import { type MoneyUnit, nameByTraits, sayTraits } from '../words.ts';
import { isSkipped, readNumbers, saySizes, tooFew, traitsOf } from './numbers.ts';
import { percent } from './tokens.ts';

const leastCustomers = 10;
const kinds = ['co-purchase', 'referral', 'household'] as const;
const shownCommunities = 24;

interface Links extends LinkColumns {
  /** Position in `kinds` of each link. */
  readonly kind: Int32Array;
}

export const leidenRecipe: CohortRecipe = {
  method: 'leiden',
  identity: 'overlap',
  compute({ frame, parameters, ...run }) {
    const chosen = parameterSchemas.leiden.parse(parameters);
    const few = tooFew(frame, leastCustomers);
    if (few) return few;
    const data = readLinks(frame, chosen);
    if (data.from.length === 0) {
      return {
        skipped: 'no two customers who took part are linked; raise maxBuyers, or take a longer window',
        customers: frame.rows.length,
      };
    }
    const config = { resolution: chosen.resolution, minMembers: chosen.minMembers };
    const numbers = readNumbers(frame, [], true);
    return runMethod(
      {
        data,
        customers: frame.rows.length,
        take: takeLinks,
        fit: (links, seed) => leiden.fit(config, links, seed),
        assign: leiden.assign,
        // A customer's community follows from neighbours, so all links are looked at.
        assignSome: (model, rows) => {
          const { label, confidence, kind } = leiden.assign(model, data);
          return {
            label: Int32Array.from(rows, (row) => label[row] ?? -1),
            confidence: Float64Array.from(rows, (row) => confidence[row] ?? 0),
            kind,
          };
        },
        cohortsOf: (model) => model.cohorts.length,
        fitRows: Number.POSITIVE_INFINITY,
        resampling: { refits: 6, rows: 20_000 },
        describe: (model, { label }) => ({
          cohorts: wordsOf(
            model,
            isSkipped(numbers) ? model.cohorts.map(() => []) : traitsOf(numbers, label, model.cohorts.length),
            label,
            frame.money,
          ),
          features: kinds,
          reasons: linkReasons(data, label),
          own: { modularity: model.modularity, links: model.links, weight: model.weight },
          picture: communitiesOf(model, data, label),
        }),
      },
      run,
      frame,
    );
  },
  // A customer's community follows from the links of everybody.
  assign: null,
};

/** Co-purchase in the window, and what signals state: a home or a friendship does not end with a window. */
function readLinks(frame: Frame, { links: weights, maxBuyers, maxLinks }: MethodParameters<'leiden'>): Links {
  const from: number[] = [];
  const to: number[] = [];
  const weight: number[] = [];
  const kind: number[] = [];
  const add = (one: number, other: number, own: number, place: number): void => {
    from.push(one);
    to.push(other);
    weight.push(own);
    kind.push(place);
  };
  if (weights.coPurchase > 0) {
    const bought = linkBaskets(readBaskets(frame), { maxBuyers, maxLinks });
    for (const [at, one] of bought.from.entries()) add(one, bought.to[at] ?? 0, weights.coPurchase * (bought.weight[at] ?? 0), 0);
  }
  const stated = frame.links();
  for (const [at, one] of stated.from.entries()) {
    const other = stated.to[at] ?? 0;
    const place = stated.kind[at] === 'household' ? 2 : 1;
    const own = place === 2 ? weights.household : weights.referral;
    const day = stated.day[at] ?? 0;
    if (own > 0 && one !== other && day <= frame.asOfDay) add(one, other, own, place);
  }
  return {
    ids: frame.ids,
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    weight: Float64Array.from(weight),
    kind: Int32Array.from(kind),
  };
}

function readBaskets(frame: Frame): Parameters<typeof linkBaskets>[0] {
  const purchase = frame.dictionary().types.indexOf('purchase');
  const { offsets, type, sku } = frame.events(frame.firstDay, frame.asOfDay);
  const begin = new Int32Array(offsets.length);
  const items: number[] = [];
  for (let row = 0; row + 1 < offsets.length; row++) {
    for (let at = offsets[row] ?? 0; at < (offsets[row + 1] ?? 0); at++) {
      if (type[at] === purchase && (sku[at] ?? -1) >= 0) items.push(sku[at] ?? 0);
    }
    begin[row + 1] = items.length;
  }
  return { ids: frame.ids, offsets: begin, items: Int32Array.from(items) };
}

/** The links between these customers, each taken once: a graph has nobody twice. */
function takeLinks({ ids, from, to, weight, kind }: Links, rows: Uint32Array): Links {
  const placeOf = new Int32Array(ids.length).fill(-1);
  const taken: string[] = [];
  for (const row of rows) {
    if ((placeOf[row] ?? -1) >= 0) continue;
    placeOf[row] = taken.length;
    taken.push(ids[row] ?? '');
  }
  const kept = Uint32Array.from(from.keys()).filter((link) => (placeOf[from[link] ?? 0] ?? -1) >= 0 && (placeOf[to[link] ?? 0] ?? -1) >= 0);
  return {
    ids: taken,
    from: Int32Array.from(kept, (link) => placeOf[from[link] ?? 0] ?? 0),
    to: Int32Array.from(kept, (link) => placeOf[to[link] ?? 0] ?? 0),
    weight: Float64Array.from(kept, (link) => weight[link] ?? 0),
    kind: Int32Array.from(kept, (link) => kind[link] ?? 0),
  };
}

function wordsOf({ cohorts }: LeidenModel, traits: ReturnType<typeof traitsOf>, label: Int32Array, money: MoneyUnit): CohortWords[] {
  const names = nameByTraits(traits);
  const sizes = saySizes(label, cohorts.length);
  return cohorts.map(({ inside, expected, hubs }, cohort) => ({
    name: names[cohort] ?? '',
    says: [
      sizes[cohort] ?? '',
      `${percent(inside)} of their links stay inside; by chance it would be ${percent(expected)}.`,
      ...(hubs[0]
        ? [
            `Most linked: ${hubs
              .slice(0, 3)
              .map(({ id }) => id)
              .join(', ')}.`,
          ]
        : []),
      ...sayTraits(traits[cohort] ?? [], money),
    ],
    traits: traits[cohort] ?? [],
  }));
}

/** By kind, the share of a customer's link weight that leads into the own community, less what leads out of it. */
function linkReasons({ from, to, weight, kind }: Links, label: Int32Array): Reasons {
  const rows = label.length;
  const strength = new Float64Array(rows);
  const balance = new Float64Array(rows * kinds.length);
  const add = (row: number, other: number, link: number): void => {
    const own = weight[link] ?? 0;
    const at = row * kinds.length + (kind[link] ?? 0);
    strength[row] = (strength[row] ?? 0) + own;
    balance[at] = (balance[at] ?? 0) + (label[row] === label[other] ? own : -own);
  };
  for (const [link, one] of from.entries()) {
    add(one, to[link] ?? 0, link);
    add(to[link] ?? 0, one, link);
  }
  const reasons = keepReasons(rows);
  for (const [row, own] of label.entries()) {
    if (own < 0 || !((strength[row] ?? 0) > 0)) continue;
    for (let place = 0; place < kinds.length; place++)
      reasons.offer(row, place, (balance[row * kinds.length + place] ?? 0) / (strength[row] ?? 1));
  }
  return reasons;
}

function communitiesOf({ cohorts }: LeidenModel, { from, to, weight }: Links, label: Int32Array): CohortPicture {
  const drawn = Math.min(cohorts.length, shownCommunities);
  const between = new Float64Array(drawn * drawn);
  for (const [link, one] of from.entries()) {
    const a = label[one] ?? -1;
    const b = label[to[link] ?? 0] ?? -1;
    if (a < 0 || b < 0 || a >= drawn || b >= drawn) continue;
    const at = Math.min(a, b) * drawn + Math.max(a, b);
    between[at] = (between[at] ?? 0) + (weight[link] ?? 0);
  }
  return {
    kind: 'communities',
    data: {
      communities: cohorts.slice(0, drawn).map(({ size, inside }, cohort) => ({ cohort, customers: size, inside })),
      links: Array.from(between, (sum, at) => ({ from: Math.floor(at / drawn), to: at % drawn, weight: sum })).filter(
        (link) => link.weight > 0,
      ),
    },
  };
}
