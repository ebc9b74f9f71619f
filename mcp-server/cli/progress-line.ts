/** One line of progress on stderr that rewrites itself on a terminal and does not exist elsewhere. */
import type { Progress } from '../../agents/customer-data-graph/interface.ts';
import { formatPercent, formatSeconds } from '../../agents/customer-data-graph/report/format-number.ts';
import type { CliHost } from './cli-host.ts';
import { formatBar, printable } from './format-table.ts';

const barWidth = 24;
const leastGapMs = 80;
const clearLine = '\r\u001b[2K';

export interface ProgressLine {
  readonly report: (progress: Progress) => void;
  /** Removes the line; call it before anything else is written. */
  readonly clear: () => void;
}

export function makeProgressLine(host: CliHost): ProgressLine {
  if (!host.isErrTerminal) return { report: () => undefined, clear: () => undefined };
  const startedAt = host.now();
  let lastAt = Number.NEGATIVE_INFINITY;
  let lastMessage = '';
  let isShown = false;
  return {
    report({ fraction, message }) {
      const at = host.now();
      if (at - lastAt < leastGapMs && message === lastMessage) return;
      lastAt = at;
      lastMessage = message;
      isShown = true;
      const bar = formatBar(fraction, barWidth).padEnd(barWidth, '·');
      const line = `${bar} ${formatPercent(Math.min(0.99, fraction), 0).padStart(5)}  ${formatSeconds((at - startedAt) / 1000)}  ${printable(message)}`;
      host.writeErr(clearLine + line.slice(0, Math.max(20, host.columns - 1)));
    },
    clear() {
      if (isShown) host.writeErr(clearLine);
      isShown = false;
    },
  };
}
