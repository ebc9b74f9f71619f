/** Options that are lists: names, comma-separated, each once. */
import { CohortiumError } from '../../../../skills/sdk/index.ts';
import type { CommandCall } from '../../command-spec.ts';

/** @throws {CohortiumError} ARGUMENT_INVALID for a list with nothing in it */
export function listed(call: CommandCall, name: string): readonly string[] | undefined {
  const given = call.text(name);
  if (given === undefined) return undefined;
  const values = given
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
  if (values.length === 0) throw new CohortiumError('ARGUMENT_INVALID', `--${name} is empty; give names, comma-separated`);
  return [...new Set(values)];
}
