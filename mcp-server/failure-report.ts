/**
 * Turns whatever was thrown into the one shape that every door answers with. A defect of ours is reported as INTERNAL without
 * its text, which may hold anything; the text goes to the log of the process.
 */
import { type Diagnostic, type ErrorCode, errorTable, isCohortiumError, systemRefusal } from '../skills/sdk/index.ts';

export interface FailureReport {
  readonly code: ErrorCode;
  readonly message: string;
  readonly help: string;
  /** True when the same call may succeed later without a change. */
  readonly isRetryable: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

const retryable: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['STORE_BUSY', 'EFFECT_TIMEOUT', 'RUN_CANCELLED']);

export function failureReport(thrown: unknown): FailureReport {
  const known = isCohortiumError(thrown) ? thrown : systemRefusal(thrown);
  if (known) {
    const { code, message, help, diagnostics } = known;
    return { code, message, help, isRetryable: retryable.has(code), diagnostics };
  }
  if (isAbort(thrown)) {
    return {
      code: 'RUN_CANCELLED',
      message: 'the call was cancelled',
      help: errorTable.RUN_CANCELLED.help,
      isRetryable: true,
      diagnostics: [],
    };
  }
  return {
    code: 'INTERNAL',
    message: 'an unexpected error; the log of the process has its text',
    help: errorTable.INTERNAL.help,
    isRetryable: false,
    diagnostics: [],
  };
}

function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
