/** Draws of Stan: CSV files of CmdStan, one per chain, or what brms, cmdstanr and posterior write to CSV or JSON. */
import { CohortiumError } from '../../../../sdk/errors.ts';
import type { FoundParameters } from './imported.ts';
import { columnsOfCsv, columnsOfJson, isObject, parsedDocument } from './read-columns.ts';

/**
 * Sampler columns (those that end in `__`) and comments are left out; rows of the warm-up, where they were saved, too.
 * @param document text of one file, texts of several, or a JSON object of arrays
 */
export function readStan(document: unknown): FoundParameters {
  const parsed = parsedDocument(document);
  if (isObject(parsed)) return { columns: parameterColumns(columnsOfJson(parsed)), warnings: [] };
  const texts = (Array.isArray(parsed) ? parsed : [parsed]).filter((text) => typeof text === 'string');
  if (texts.length === 0) throw new CohortiumError('ARGUMENT_INVALID', 'Stan draws are the text of a CSV file, or an array of such texts');
  const joined = new Map<string, number[]>();
  const files = texts.map((text) => columnsOfCsv(text, (comment) => comment.includes('Adaptation terminated')));
  const divergent = files.flatMap(({ columns }) => columns.get('divergent__') ?? []).filter((flag) => flag > 0).length;
  const [first] = files;
  for (const name of first?.columns.keys() ?? []) {
    joined.set(
      name,
      files.flatMap(({ columns }) => {
        const column = columns.get(name);
        if (!column) throw new CohortiumError('ARGUMENT_INVALID', `one of the files has no column '${name}'; give the chains of one fit`);
        return column;
      }),
    );
  }
  return {
    columns: parameterColumns(joined),
    warnings: divergent > 0 ? [`${divergent} of the draws ended a divergent transition: the sampler missed part of the posterior`] : [],
  };
}

/** brms calls the population-level parameter of a nonlinear formula `b_alpha_Intercept`. */
function parameterColumns(columns: ReadonlyMap<string, number[]>): Map<string, number[]> {
  return new Map(
    [...columns]
      .filter(([name]) => !name.endsWith('__') && !name.startsWith('.'))
      .map(([name, values]) => [/^b_(\w+)_Intercept$/.exec(name)?.[1] ?? name, values]),
  );
}
