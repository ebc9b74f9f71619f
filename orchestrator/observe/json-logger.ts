/** Logs one JSON object per line: events of the closed table, and of each only the fields that the table has. Drops all else. */
import { type Logger, type LogLevel, logLine } from '../../skills/sdk/index.ts';

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * @param write receives each line without its line end, such as one that writes to stderr
 * @param lowest events below this level are dropped
 */
export function jsonLogger(write: (line: string) => void, lowest: LogLevel = 'info'): Logger {
  return {
    log: (event) => {
      const line = logLine(event);
      if (line && order.indexOf(line.level) >= order.indexOf(lowest)) write(line.text);
    },
  };
}
