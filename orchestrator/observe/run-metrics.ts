/** Counts and durations of effects by kind, kept in memory and read on demand. */
import type { Logger } from '../../skills/sdk/index.ts';

export interface EffectMetrics {
  readonly count: number;
  readonly failed: number;
  readonly totalMs: number;
  readonly longestMs: number;
}

export interface RunMetrics extends Logger {
  readonly effects: () => Readonly<Record<string, EffectMetrics>>;
}

/** A logger that also adds up the effects it hears of, and passes everything on. */
export function measureRuns(next: Logger): RunMetrics {
  const effects: Record<string, EffectMetrics> = {};
  return {
    log: (level, message, fields) => {
      if (message === 'effect' && fields) {
        const kind = String(fields['kind']);
        const ms = Number(fields['ms']);
        const { count = 0, failed = 0, totalMs = 0, longestMs = 0 } = effects[kind] ?? {};
        effects[kind] = {
          count: count + 1,
          failed: failed + ('code' in fields ? 1 : 0),
          totalMs: totalMs + ms,
          longestMs: Math.max(longestMs, ms),
        };
      }
      next.log(level, message, fields);
    },
    effects: () => ({ ...effects }),
  };
}
