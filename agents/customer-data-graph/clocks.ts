/** The clocks that cohortium.yaml can name. A simulated one stands still until a timer moves it. */
import type { MovableClock } from '../../orchestrator/index.ts';
import type { Clock } from '../../skills/sdk/index.ts';
import type { OperatorConfig } from './config.ts';

export function openClock(config: OperatorConfig['clock']): Clock | MovableClock {
  if (config.kind === 'system') return { now: () => Date.now() };
  let now = Date.parse(`${config.at}T00:00:00Z`);
  return {
    now: () => now,
    advanceTo: (ms) => {
      now = Math.max(now, ms);
    },
  };
}
