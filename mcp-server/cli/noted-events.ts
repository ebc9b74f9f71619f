/** Log events of a server that runs in a terminal: one line of JSON each on stderr, with the fields that the table of events has. */
import { type LogEvent, logLine } from '../../skills/sdk/index.ts';
import type { CommandCall } from './command-spec.ts';

export function notedEvents({ note }: Pick<CommandCall, 'note'>): (event: LogEvent) => void {
  return (event) => {
    const line = logLine(event);
    if (line) note(line.text);
  };
}
