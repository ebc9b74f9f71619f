/**
 * Which action of a group such as `cohortium holds` is meant. Without one, and with one that there is not, the answer is the list of
 * them with a line each, and the one that was probably meant; nothing is guessed and run.
 */
import { CohortiumError } from '../../skills/sdk/index.ts';

/** Letters that may differ before another word was meant. */
const mostEdits = 2;

/**
 * @param says every action of the group with one line of what it does
 * @throws {CohortiumError} ARGUMENT_INVALID with the list where `given` is none of them
 */
export function actionOf<Name extends string>(group: string, says: Readonly<Record<Name, string>>, given: string | undefined): Name {
  if (given !== undefined && Object.hasOwn(says, given)) return given as Name; // looked up right before
  const names = Object.keys(says);
  const near = given === undefined ? undefined : nearest(given, names);
  const what = given === undefined ? `${group} needs an action` : `'${given.slice(0, 40)}' is no action of ${group}`;
  const meant = near === undefined ? '' : ` (did you mean ${near}?)`;
  throw new CohortiumError('ARGUMENT_INVALID', [`${what}${meant}; they are:`, ...actionLines(says)].join('\n'));
}

/** One line each, in the order in which they are met. */
export function actionLines(says: Readonly<Record<string, string>>): readonly string[] {
  const width = Math.max(...Object.keys(says).map(({ length }) => length));
  return Object.entries(says).map(([name, line]) => `  ${name.padEnd(width)}  ${line}`);
}

function nearest(given: string, names: readonly string[]): string | undefined {
  const counted = names.map((name) => ({ name, edits: editsBetween(given.toLowerCase(), name) })).sort((a, b) => a.edits - b.edits);
  const [first] = counted;
  return first && first.edits <= Math.min(mostEdits, first.name.length - 1) ? first.name : undefined;
}

/** Letters to add, take away or replace, and neighbours to swap, row by row. */
function editsBetween(one: string, other: string): number {
  let before: number[] = [];
  let row = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[at - 1] === other[column - 1];
      const isSwapped = at > 1 && column > 1 && one[at - 1] === other[column - 2] && one[at - 2] === other[column - 1];
      next[column] = Math.min(
        (row[column] ?? 0) + 1,
        (next[column - 1] ?? 0) + 1,
        (row[column - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[column - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, row] = [row, next];
  }
  return row[other.length] ?? 0;
}
