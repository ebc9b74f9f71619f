/** The faults that a real export has: rows sent twice and rows that cannot be right. Counted, so that a report can be checked. */
import type { Rng } from '../../../skills/sdk/numeric/index.ts';
import type { RawSignal } from './raw-signal.ts';

export interface FaultySignals {
  readonly signals: readonly RawSignal[];
  readonly duplicates: number;
  readonly invalid: number;
}

/** Each turns a good purchase into one that capture must refuse. */
const spoil: readonly ((signal: RawSignal) => RawSignal)[] = [
  (signal) => ({ ...signal, properties: { ...signal.properties, amountMinor: -1999 } }),
  (signal) => ({ ...signal, at: signal.at.replace(/^(\d{4})-\d{2}-\d{2}/, '$1-13-45') }),
  (signal) => ({ ...signal, properties: { ...signal.properties, amountMinor: 'n/a' } }),
  (signal) => ({ ...signal, customer: { userId: 'someone@mail.example' } }),
];

/** Repeats about one purchase in 400 and adds about one spoilt copy in 1,500, at least one of each when there are purchases. */
export function addFaults(rng: Rng, ordered: readonly RawSignal[]): FaultySignals {
  const signals: RawSignal[] = [];
  let duplicates = 0;
  let invalid = 0;
  for (const signal of ordered) {
    signals.push(signal);
    if (signal.type !== 'purchase') continue;
    if (duplicates === 0 || rng.uniform() < 1 / 400) {
      signals.push(signal);
      duplicates += 1;
    }
    if (invalid === 0 || rng.uniform() < 1 / 1500) {
      const spoilt = spoil[invalid % spoil.length];
      if (spoilt) signals.push(spoilt({ ...signal, id: `${signal.id}-x${invalid}` }));
      invalid += 1;
    }
  }
  return { signals, duplicates, invalid };
}
