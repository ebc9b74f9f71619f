/** Reads where a record stands, as every command takes it: `12`, or `12/37` for an item of the batch that leaf 12 commits to. */
import { CohortiumError } from '../../../skills/sdk/index.ts';

/** @throws {CohortiumError} ARGUMENT_INVALID when --record is no such number */
export function recordPlace(given: string): { readonly index: number; readonly item: number | null } {
  const [, index, item] = /^(\d{1,15})(?:\/(\d{1,3}))?$/.exec(given) ?? [];
  if (index === undefined) {
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `--record is '${given}'; expected the number of a record, such as 12, or 12/37 in a batch`,
    );
  }
  return { index: Number(index), item: item === undefined ? null : Number(item) };
}
