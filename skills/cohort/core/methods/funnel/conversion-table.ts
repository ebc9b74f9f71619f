/** The conversion table of a funnel: who got to each step, of whom, how surely, and how long it took. */
import { quantileSorted, wilsonInterval } from '../../../../sdk/numeric/index.ts';
import type { FunnelConfig, FunnelRow, FunnelTrace, Share } from './model.ts';

/**
 * @param groups steps of each group, as compiled
 * @returns one row per step, in order
 */
export function conversionTable(
  { steps, level = 0.95 }: FunnelConfig,
  groups: readonly (readonly number[])[],
  { reached, times }: FunnelTrace,
): FunnelRow[] {
  const width = steps.length;
  const atLeast = new Float64Array(width + 1);
  const did = new Float64Array(width);
  const waits = steps.map((): number[] => []);
  const doneAt: number[] = [];
  for (let row = 0; row < reached.length; row++) {
    for (let position = 0; position <= (reached[row] ?? 0); position++) atLeast[position] = (atLeast[position] ?? 0) + 1;
    let before = Number.NaN;
    for (const group of groups) {
      doneAt.length = 0;
      for (const step of group) {
        const time = times[row * width + step] ?? Number.NaN;
        if (Number.isNaN(time)) continue;
        did[step] = (did[step] ?? 0) + 1;
        doneAt.push(time);
      }
      doneAt.sort((a, b) => a - b);
      for (const [index, time] of doneAt.entries()) {
        if (!Number.isNaN(before)) waits[(group[0] ?? 0) + index]?.push(time - before);
        before = time;
      }
    }
  }

  const entered = atLeast[1] ?? 0;
  let base = atLeast[0] ?? 0;
  return steps.map(({ optional = false }, step) => {
    const group = groups.find((members) => members.includes(step)) ?? [step];
    const count = (optional ? did[step] : atLeast[step + 1]) ?? 0;
    const row = {
      name: group.length === 1 ? stepName(steps, step) : nameOfGroup(steps, group, step),
      isOptional: optional,
      count,
      did: did[step] ?? 0,
      ofBefore: shareOf(count, base, level),
      ofEntered: shareOf(count, entered, level),
      sinceBefore: quartiles(waits[step] ?? []),
    };
    if (!optional) base = count;
    return row;
  });
}

function shareOf(count: number, of: number, level: number): Share | null {
  return of === 0 ? null : { share: count / of, ...wilsonInterval(count, of, level) };
}

function stepName(steps: FunnelConfig['steps'], step: number): string {
  return steps[step]?.name ?? steps[step]?.events[0] ?? '';
}

function nameOfGroup(steps: FunnelConfig['steps'], group: readonly number[], step: number): string {
  return `${group.indexOf(step) + 1} of ${group.map((member) => stepName(steps, member)).join(', ')}`;
}

function quartiles(values: readonly number[]): FunnelRow['sinceBefore'] {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  return { p25: quantileSorted(sorted, 0.25), median: quantileSorted(sorted, 0.5), p75: quantileSorted(sorted, 0.75) };
}
