/** Logs one JSON object per line. Callers pass ids, kinds, codes and durations; never payloads, so no personal data. */
import type { Logger, LogLevel } from '../../skills/sdk/index.ts';

const order: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * @param write receives each line without its line end, such as one that writes to stderr
 * @param lowest messages below this level are dropped
 */
export function jsonLogger(write: (line: string) => void, lowest: LogLevel = 'info'): Logger {
  return {
    log: (level, message, fields = {}) => {
      if (order.indexOf(level) >= order.indexOf(lowest)) write(JSON.stringify({ level, message, ...fields }));
    },
  };
}
