import { describe, expect, it } from 'vitest';

import { CohortiumError, errorTable, formatDiagnostic, isCohortiumError } from './errors.ts';

describe('errors', () => {
  it('carry code, message and help', () => {
    const error = new CohortiumError('SCORE_NOT_FOUND', "customer 'x' has no value");
    expect(error).toMatchObject({ code: 'SCORE_NOT_FOUND', help: errorTable.SCORE_NOT_FOUND.help, message: "customer 'x' has no value" });
  });

  it('are told also when another copy of the package made them', () => {
    const foreign = Object.assign(new Error('x'), { name: 'CohortiumError', code: 'INTERNAL' });
    expect(isCohortiumError(foreign)).toBe(true);
    expect(isCohortiumError(Object.assign(new Error('x'), { name: 'CohortiumError', code: 'NOPE' }))).toBe(false);
    expect(isCohortiumError(new Error('x'))).toBe(false);
  });

  it('end every sentence and say what to do', () => {
    for (const [code, entry] of Object.entries(errorTable)) {
      expect(entry.says, code).toMatch(/\.$/);
      expect(entry.help, code).toMatch(/\.$/);
    }
  });

  it('print places as an editor opens them', () => {
    expect(
      formatDiagnostic({ code: 'PIPELINE_CYCLE', severity: 'error', message: 'a → b → a', at: { file: 'p.yaml', line: 3, column: 5 } }),
    ).toBe('p.yaml:3:5: error PIPELINE_CYCLE: a → b → a');
  });
});
