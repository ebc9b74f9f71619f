/** Writes the accounting worksheet of a day beside its table, and its figures into the ledger first. Never replaces a file. */
import { existsSync, mkdirSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, parse } from 'node:path';

import { CohortiumError } from '../../../../skills/sdk/index.ts';
import { dayOfIsoDate } from '../../../../skills/sdk/numeric/index.ts';
import { writeNewFile } from '../../../adapters/files/write-new-file.ts';
import type { Workspace } from '../../workspace.ts';
import { csvWorksheet } from './csv-worksheet.ts';
import { gatherFigures } from './gather-figures.ts';
import { markdownWorksheet } from './markdown-worksheet.ts';
import { factsToState } from './worksheet-facts.ts';
import type { WorksheetDoor } from './worksheet-interface.ts';
import { recordFigures, worksheetBefore } from './worksheet-record.ts';

export function worksheetDoor(workspace: Workspace): WorksheetDoor {
  return {
    worksheet: async ({ asOf, out }) => {
      if (dayOfIsoDate(asOf) === undefined)
        throw new CohortiumError('ARGUMENT_INVALID', `asOf: an ISO date such as 2026-01-31 was expected; found '${asOf}'`);
      const { markdown, csv } = filesOf(isAbsolute(out) ? out : join(workspace.paths.directory, out));
      const gathered = await gatherFigures(workspace, asOf);
      const { figures, months } = gathered;
      const previous = await worksheetBefore(workspace, asOf);
      const record = await recordFigures(workspace, figures);
      mkdirSync(dirname(markdown), { recursive: true });
      writeNew(csv, csvWorksheet(months, figures.currency));
      writeNew(markdown, markdownWorksheet({ ...gathered, previous, record, csv: basename(csv) }));
      return {
        asOf,
        run: figures.run,
        markdown,
        csv,
        figures,
        months,
        record,
        previous: previous && { asOf: previous.figures.asOf, index: previous.index },
        factsToState,
      };
    },
  };
}

/** @throws {CohortiumError} ARGUMENT_INVALID when one of them is there, with what people have filled in */
function filesOf(out: string): { readonly markdown: string; readonly csv: string } {
  const { dir, name, ext } = parse(out);
  if (name === '' || (ext !== '.md' && ext !== '')) {
    throw new CohortiumError('ARGUMENT_INVALID', `--out: the name of a Markdown file such as worksheet.md was expected; found '${out}'`);
  }
  const files = { markdown: join(dir, `${name}.md`), csv: join(dir, `${name}.csv`) };
  const taken = Object.values(files).find((path) => existsSync(path));
  if (taken !== undefined) throw isThere(taken);
  return files;
}

function writeNew(path: string, text: string): void {
  if (!writeNewFile(path, text, 0o644)) throw isThere(path);
}

function isThere(path: string): CohortiumError {
  return new CohortiumError('ARGUMENT_INVALID', `${path} is there already, and may have been filled in; give another name`);
}
