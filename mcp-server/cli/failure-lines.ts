/** How a failure looks to a person: code and message, the places one per line, and what to do. */
import { type Diagnostic, formatDiagnostic } from '../../skills/sdk/index.ts';
import type { FailureReport } from '../failure-report.ts';
import { printable } from './format-table.ts';
import { asCalled } from './npm-script.ts';
import type { Style } from './style.ts';

/** @param command how a person calls this program */
export function failureLines({ code, message, help, diagnostics }: FailureReport, style: Style, command = 'cohortium'): string[] {
  return [
    `${style.bad(`error ${code}`)}: ${asCalled(readable(message, diagnostics), command)}`,
    // A single fault is often the message itself; it is said once.
    ...diagnostics
      .filter((diagnostic) => diagnostics.length > 1 || !message.includes(diagnostic.message))
      .map((diagnostic) => diagnosticLine(diagnostic, style)),
    `${style.dim('help:')} ${asCalled(help, command)}`,
  ];
}

/** `pipelines/clv.yaml:12:5: error PIPELINE_CYCLE: …` */
export function diagnosticLine(diagnostic: Diagnostic, style: Style): string {
  const line = printable(formatDiagnostic(diagnostic));
  return diagnostic.severity === 'error' ? line.replace(/ error |^error /, (found) => style.bad(found)) : line;
}

/** The message without what the lines below say again, and without what a file or a caller put in to steer the terminal. */
function readable(message: string, diagnostics: readonly Diagnostic[]): string {
  return withoutList(message, diagnostics).split('\n').map(printable).join('\n');
}

/** A message that lists several faults after a colon ends before the list, because each has a line of its own below. */
function withoutList(message: string, diagnostics: readonly Diagnostic[]): string {
  const [first] = diagnostics;
  if (first && message === formatDiagnostic(first)) {
    return diagnostics.length === 1 ? message.replace(` ${first.severity} ${first.code}:`, '') : `${diagnostics.length} faults`;
  }
  if (!first || diagnostics.length < 2 || !diagnostics.every((one) => message.includes(one.message))) return message;
  const { at } = first;
  const place = at ? message.indexOf(`${at.file}:${at.line}:${at.column}`) : message.indexOf(first.message);
  return place > 0 ? message.slice(0, place).replace(/:\s*$/, '') : message;
}
