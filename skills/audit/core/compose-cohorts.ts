/** Bodies of cohort records: the cohort of a customer on each of the eleven axes. Customers who are alike share one text. */
import { absences } from './absences.ts';
import { lowerBound } from './batches.ts';
import { absentText, bytesOf, JsonTexts, type Names, quotedNames } from './json-bytes.ts';

/** Memberships as Cohort puts them out: rows in the order of the accounts. No text stands twice among the names. */
export interface AxisColumns {
  readonly account: Int32Array;
  readonly axis: Names;
  readonly cohort: Names;
}

export interface CohortTexts {
  /** Number of the text that each account shares. */
  readonly of: Int32Array;
  /** Cohort on the axis `rfm` as a JSON string, by number of the text; empty where the axis is off. */
  readonly rfm: readonly Uint8Array[];
  /** The records, as many as texts. */
  readonly bodies: JsonTexts;
  /** Canonical JSON of the axes in a record. */
  readonly axesOf: (text: number) => Uint8Array;
}

const beforeAxes = bytesOf('{"axes":');
const afterAxes = bytesOf(`,"customer":"kid","definitions":${absentText(absences.otherCohorts)}}`);
const closed = bytesOf('}');
const unnamed = bytesOf('""');

/**
 * Composes of the accounts from `from` up to, not including, `to`.
 * @param axes every axis that there is; one without memberships is dormant
 */
export function cohortWriter({ account, axis, cohort }: AxisColumns, axes: readonly string[]): (from: number, to: number) => CohortTexts {
  const sorted = [...axes].sort();
  const keys = sorted.map((name, place) => bytesOf(`${place === 0 ? '{' : ','}${JSON.stringify(name)}:`));
  const dormant = bytesOf(absentText(absences.dormant));
  const quoted = quotedNames(cohort.texts);
  const placeOf = Int32Array.from(axis.texts, (name) => sorted.indexOf(name));
  const rfmPlace = sorted.indexOf('rfm');
  return (from, to) => {
    const of = new Int32Array(to - from);
    const texts = new Combinations(sorted.length, to - from);
    const bodies = new JsonTexts(512 * 1024);
    const starts: number[] = [];
    const ends: number[] = [];
    const rfm: Uint8Array[] = [];
    let row = lowerBound(account, from);
    for (let index = from; index < to; index++) {
      const own = texts.open();
      for (; row < account.length && (account[row] ?? 0) <= index; row++) {
        const place = placeOf[axis.values[row] ?? -1] ?? -1;
        if (place >= 0) own[place] = cohort.values[row] ?? -1;
      }
      const text = texts.close();
      of[index - from] = text;
      if (text < bodies.count) continue;
      bodies.begin();
      bodies.piece(beforeAxes);
      starts.push(bodies.size);
      for (const [place, key] of keys.entries()) {
        const name = own[place] ?? -1;
        bodies.piece(key);
        bodies.piece(name < 0 ? dormant : quoted(name));
      }
      bodies.piece(closed);
      ends.push(bodies.size);
      bodies.piece(afterAxes);
      bodies.end();
      const name = own[rfmPlace] ?? -1;
      rfm.push(name < 0 ? unnamed : quoted(name));
    }
    return { of, rfm, bodies, axesOf: (text) => bodies.bytes(starts[text], ends[text]) };
  };
}

/** Numbers rows of few integers, equal ones alike, in the order in which they are met. */
class Combinations {
  readonly #width: number;
  readonly #rows: Int32Array;
  /** Number of the row + 1; 0 for a free place. */
  readonly #table: Int32Array;
  #count = 0;

  constructor(width: number, most: number) {
    this.#width = width;
    this.#rows = new Int32Array(width * (most + 1));
    this.#table = new Int32Array(1 << (33 - Math.clz32(most)));
  }

  /** A row of −1, to be filled in. */
  open(): Int32Array {
    return this.#rows.subarray(this.#count * this.#width, (this.#count + 1) * this.#width).fill(-1);
  }

  /** @returns the number of what was filled in */
  close(): number {
    const [rows, table, width] = [this.#rows, this.#table, this.#width];
    const own = this.#count * width;
    let mixed = 0;
    for (let at = 0; at < width; at++) {
      mixed = Math.imul(mixed ^ (rows[own + at] ?? 0), 0x9e3779b1);
      mixed ^= mixed >>> 15;
    }
    const mask = table.length - 1;
    for (let slot = mixed & mask; ; slot = (slot + 1) & mask) {
      const known = (table[slot] ?? 0) - 1;
      if (known < 0) {
        table[slot] = this.#count + 1;
        return this.#count++;
      }
      let same = 0;
      while (same < width && rows[known * width + same] === rows[own + same]) same += 1;
      if (same === width) return known;
    }
  }
}
