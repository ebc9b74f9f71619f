/** The nearest persona of customers, also of those that the model was not fitted on, and the second choice. */
import type { Assignment } from '../method.ts';
import { columnsOfModel } from '../quality/check-features.ts';
import { standardise } from '../quality/standardise.ts';
import { checkPersonaColumns, type PersonaColumns, recode } from './columns.ts';
import { mixRows, type NearestTwo, nearestTwo, type Prototypes } from './mixed-rows.ts';
import type { PersonaModel } from './model.ts';

/** Rows laid out at a time. */
const blockRows = 4096;

export interface PersonaAssignment extends Assignment {
  /** Next nearest persona of each row; −1 where there is one only. */
  readonly second: Int32Array;
}

/**
 * Confidence is the margin (distance to the second − own distance) ÷ their sum, on distances that are not squared: 0 half-way
 * between two personas, 1 at a prototype or where there is one persona only.
 */
export function assignRows(
  columns: readonly Float64Array[],
  codes: readonly Int32Array[],
  prototypes: Prototypes,
  gamma: number,
): PersonaAssignment {
  const rows = (columns[0] ?? codes[0])?.length ?? 0;
  const label = new Int32Array(rows);
  const second = new Int32Array(rows);
  const confidence = new Float64Array(rows);
  const found: NearestTwo = { label: 0, least: 0, second: 0, next: 0 };
  for (let from = 0; from < rows; from += blockRows) {
    const count = Math.min(blockRows, rows - from);
    const block = mixRows(
      columns,
      codes,
      Uint32Array.from({ length: count }, (_, index) => from + index),
    );
    for (let row = 0; row < count; row++) {
      nearestTwo(block, row, prototypes, gamma, found);
      label[from + row] = found.label;
      second[from + row] = found.second;
      const own = Math.sqrt(found.least);
      const other = Math.sqrt(found.next);
      confidence[from + row] = found.second < 0 ? 1 : other > 0 ? (other - own) / (other + own) : 0;
    }
  }
  return { label, second, confidence, kind: 'margin' };
}

/**
 * @returns the persona of each customer, its margin, and the next nearest persona
 * @throws {CohortiumError} NUMERIC_DOMAIN when a column of the fit is missing, or values are unusable
 */
export function assignPersonas(model: PersonaModel, data: PersonaColumns): PersonaAssignment {
  checkPersonaColumns(data);
  const columns = model.features.length > 0 ? columnsOfModel(model.features, data) : [];
  const codes = recode(model.categories, data.categories);
  return assignRows(standardise(columns, model.scale).columns, codes, prototypesOf(model), model.gamma);
}

function prototypesOf({ prototypes, categories }: PersonaModel): Prototypes {
  return {
    size: prototypes.length,
    means: Float64Array.from(prototypes.flatMap(({ means }) => means)),
    modes: Int32Array.from(
      prototypes.flatMap(({ modes }) => modes.map((mode, at) => (mode === null ? -1 : (categories[at]?.values.indexOf(mode) ?? -1)))),
    ),
  };
}
