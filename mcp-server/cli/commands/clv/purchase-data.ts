/** The purchase file of a call, read with its options. */
import { resolve } from 'node:path';

import { type ClvData, isUnit, readClvData, type Unit, unitsPerYear } from '../../../../agents/customer-data-graph/clv-door/index.ts';
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandCall } from '../../command-spec.ts';

/**
 * @param fixedUnit of a model that was fitted before; `--unit` may repeat it
 * @throws {CohortiumError} ARGUMENT_INVALID for what is wrong on the command line, CLV_FILE_INVALID in the file
 */
export function readPurchases(call: CommandCall, file: string | undefined, fixedUnit?: Unit): ClvData {
  if (file === undefined) throw new CohortiumError('ARGUMENT_INVALID', 'a CSV file is needed; see --help for an example');
  const given = call.text('unit');
  const unit = given ?? fixedUnit ?? 'week';
  if (!isUnit(unit)) {
    throw new CohortiumError('ARGUMENT_INVALID', `--unit is '${unit}'; expected one of ${Object.keys(unitsPerYear).join(', ')}`);
  }
  if (fixedUnit !== undefined && unit !== fixedUnit) {
    throw new CohortiumError('ARGUMENT_INVALID', `--unit is ${unit}, and the model was fitted per ${fixedUnit}; leave --unit out`);
  }
  const named = Object.fromEntries(
    (['customer', 'date', 'amount'] as const).flatMap((name) => {
      const column = call.text(name);
      return column === undefined ? [] : [[name, column]];
    }),
  );
  const holdoutLength = call.text('holdoutLength');
  const data = readClvData({
    file: resolve(call.host.cwd, file),
    columns: named,
    unit,
    end: call.text('end'),
    calibrationEnd: call.text('calibrationEnd'),
    holdoutLength: holdoutLength === undefined ? undefined : nonNegativeNumber(holdoutLength, '--holdout-length'),
  });
  for (const note of data.notes) call.note(note);
  return data;
}

/** A number that has to be at least zero. @throws {CohortiumError} ARGUMENT_INVALID when it is not */
export function nonNegativeNumber(text: string, flag: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (value >= 0 && Number.isFinite(value)) return value;
  throw new CohortiumError('ARGUMENT_INVALID', `${flag} is '${text}'; expected a number from 0 on`);
}

/** The options that say how to read the file, to paste into the next command. */
export function readingOptions(call: CommandCall): string {
  return (['unit', 'end', 'customer', 'date', 'amount'] as const)
    .flatMap((name) => {
      const value = call.text(name);
      return value === undefined ? [] : [` --${name} ${/^[\w.-]+$/.test(value) ? value : JSON.stringify(value)}`];
    })
    .join('');
}

/** Enough digits to compare by eye: `0.24259`, `4.4136`, `1.000e+8`. */
export function fiveDigits(value: number): string {
  const size = Math.abs(value);
  return size !== 0 && (size >= 1e5 || size < 1e-4) ? value.toExponential(3) : value.toPrecision(5);
}
