/** How a failure looks to a person: code and message, the places one per line, and what to do. */
import { type Diagnostic, formatDiagnostic } from '../../skills/sdk/index.ts';
import type { FailureReport } from '../failure-report.ts';
import { printable } from './format-table.ts';
import type { Style } from './style.ts';

export function failureLines({ code, message, help, diagnostics }: FailureReport, style: Style): string[] {
  return [
    `${style.bad(`error ${code}`)}: ${message}`,
    // A single fault is often the message itself; it is said once.
    ...diagnostics
      .filter((diagnostic) => !message.includes(formatDiagnostic(diagnostic)))
      .map((diagnostic) => diagnosticLine(diagnostic, style)),
    `${style.dim('help:')} ${help}`,
  ];
}

/** `pipelines/clv.yaml:12:5: error PIPELINE_CYCLE: …` */
export function diagnosticLine(diagnostic: Diagnostic, style: Style): string {
  const line = printable(formatDiagnostic(diagnostic));
  return diagnostic.severity === 'error' ? line.replace(/ error |^error /, (found) => style.bad(found)) : line;
}
