/**
 * Protected attributes of simulated customers, wholly made up: two communities that do not exist, surnames that nobody has, postcodes that
 * are none. Moss live more in some cities than in others and spend less, so that an audit has something to find. Same merchant, same files.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { compareText } from '../../../skills/sdk/index.ts';
import { makeRng, type Rng } from '../../../skills/sdk/numeric/index.ts';
import { merchantLocations } from './merchant-parameters.ts';
import type { SimulatedMerchant } from './simulate-merchant.ts';

/** Names that nothing random spells, so that whoever looks for them in every byte that was written finds them alone. */
export const sampleCommunities = ['fernfolk', 'mossfolk'] as const;
type Community = (typeof sampleCommunities)[number];

const surnames: Readonly<Record<Community, readonly string[]>> = {
  fernfolk: ['Abrelund', 'Corvane', 'Dellmoor', 'Estwick', 'Farholt', 'Grenvar', 'Holmire', 'Isterby'],
  mossfolk: ['Jaskelo', 'Korvani', 'Lumetra', 'Mirzano', 'Natovi', 'Orlesku', 'Pavenko', 'Rustaja'],
};

export interface ProtectedFiles {
  /** As the customers stated it; some did not. */
  readonly attributes: string;
  /** Surname and place of the others to be estimated by. */
  readonly people: string;
  readonly surnames: string;
  readonly places: string;
  /** Postcodes, to be looked at as a proxy. */
  readonly proxies: string;
}

interface Person {
  readonly customer: string;
  readonly community: Community;
  readonly isStated: boolean;
  readonly surname: string;
  readonly postcode: string;
}

/** Writes attributes.csv, people.csv, surnames.csv, places.csv and proxies.csv into a folder, which is made when absent. */
export function writeProtectedSample(merchant: Pick<SimulatedMerchant, 'signals'>, seed: string, directory: string): ProtectedFiles {
  mkdirSync(directory, { recursive: true });
  const people = peopleOf(merchant, makeRng(seed).split('protected attributes'));
  const written = (name: string, header: string, lines: readonly string[]): string => {
    const path = join(directory, name);
    writeFileSync(path, `${[header, ...lines].join('\n')}\n`);
    return path;
  };
  return {
    attributes: written(
      'attributes.csv',
      'customer,community',
      people.map(({ customer, community, isStated }) => `${customer},${isStated ? community : ''}`),
    ),
    people: written(
      'people.csv',
      'customer,surname,place',
      people.map(({ customer, surname, postcode }) => `${customer},${surname},${postcode}`),
    ),
    surnames: written(
      'surnames.csv',
      `surname,${sampleCommunities.join(',')}`,
      tableOf(people, ({ surname }) => surname, 'of-key'),
    ),
    places: written(
      'places.csv',
      `place,${sampleCommunities.join(',')}`,
      tableOf(people, ({ postcode }) => postcode, 'of-group'),
    ),
    proxies: written(
      'proxies.csv',
      'customer,postcode',
      people.map(({ customer, postcode }) => `${customer},${postcode}`),
    ),
  };
}

function peopleOf({ signals }: Pick<SimulatedMerchant, 'signals'>, root: Rng): readonly Person[] {
  const spent = new Map<string, { total: number; readonly home: string }>();
  for (const { type, customer, location, properties } of signals) {
    const id = customer.userId;
    if (type !== 'purchase' || id === undefined || location === undefined) continue;
    const known = spent.get(id) ?? { total: 0, home: location };
    known.total += Number(properties['amountMinor'] ?? 0) || 0;
    spent.set(id, known);
  }
  const totals = [...spent.values()].map(({ total }) => total).sort((a, b) => a - b);
  const median = totals[Math.floor(totals.length / 2)] ?? 0;
  return [...spent]
    .sort(([a], [b]) => compareText(a, b))
    .map(([customer, { total, home }]): Person => {
      const rng = root.split(customer);
      const city = merchantLocations.findIndex(({ name }) => name === home);
      const chance = 0.18 + (city % 3 === 0 ? 0.3 : 0) + (total < median ? 0.16 : 0);
      const community: Community = rng.uniform() < chance ? 'mossfolk' : 'fernfolk';
      const own = rng.uniform() < 0.85 ? community : community === 'mossfolk' ? 'fernfolk' : 'mossfolk';
      const quarter = community === 'mossfolk' ? rng.integer(3) : rng.integer(5);
      return {
        customer,
        community,
        isStated: rng.uniform() < 0.7,
        surname: surnames[own][rng.integer(surnames[own].length)] ?? '',
        postcode: `${String(city + 10)}-${quarter}`,
      };
    });
}

/** Shares with one customer more in each cell: of each group in a key, or of each key in a group. */
function tableOf(people: readonly Person[], keyOf: (person: Person) => string, direction: 'of-key' | 'of-group'): string[] {
  const keys = [...new Set(people.map(keyOf))].sort(compareText);
  const counted = new Map<string, number>();
  const cell = (key: string, community: Community): string => `${key} ${community}`;
  for (const person of people) {
    const name = cell(keyOf(person), person.community);
    counted.set(name, (counted.get(name) ?? 0) + 1);
  }
  const countOf = (key: string, community: Community): number => (counted.get(cell(key, community)) ?? 0) + 1;
  const total = (terms: readonly number[]): number => terms.reduce((sum, own) => sum + own, 0);
  const whole = new Map(sampleCommunities.map((community) => [community, total(keys.map((key) => countOf(key, community)))]));
  return keys.map((key) => {
    const row = total(sampleCommunities.map((community) => countOf(key, community)));
    const shares = sampleCommunities.map((community) => {
      const share = countOf(key, community) / (direction === 'of-key' ? row : (whole.get(community) ?? 1));
      return share.toFixed(6);
    });
    return `${key},${shares.join(',')}`;
  });
}
