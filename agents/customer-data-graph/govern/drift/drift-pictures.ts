/** The pictures of an alert: measures of every window against their limits, tenths of the window, and columns that moved. */
import { axisFormat, valueGrid } from '../../report/chart-parts.ts';
import { groupedBars } from '../../report/clv/grouped-bars.ts';
import { formatFixed, formatPercent, wholeUnits } from '../../report/format-number.ts';
import { box, dot, label, line, path, picture, shorten, textWidth, zeroBasedScale } from '../../report/svg.ts';
import type { CalibrationDrift, ScoreRecord, WatchRecord, WindowRecord } from '../scoring/scoring-interface.ts';

/** A window that was judged. */
export type JudgedRecord = ScoreRecord & { readonly window: WindowRecord };

const width = 760;
const right = width - 24;

/**
 * RMSE of the windows of one model, with intervals, the baseline and the limit.
 * @param windows oldest first, at least one
 * @param limit relative rise, such as 0.20
 */
export function windowsPicture(windows: readonly JudgedRecord[], limit: number, currency: string): string {
  const left = 76;
  const last = windows.at(-1);
  const money = (minor: number): number => wholeUnits(minor, currency);
  const baseline = money(last?.window.baseline.rmse ?? 0);
  const allowed = baseline * (1 + limit);
  const rmse = windows.map(({ window }) => window.metrics.rmse);
  const y = zeroBasedScale(Math.max(allowed, ...rmse.map(({ high }) => money(high))), 300, 104, 5);
  const step = (right - 120 - left) / windows.length;
  const x = (at: number): number => left + step * (at + 0.5);
  const alerts = windows.filter(({ window }) => window.isAlert).length;
  const every = Math.ceil((textWidth('2026-01-31') + 12) / step);
  const heading = 'Error of the value model by window';
  const summary = `RMSE in ${currency}, 95 % intervals; ${alerts} of ${windows.length} window(s) with an alert, the last one of ${last?.cutoff ?? ''}.`;
  return picture({
    width,
    height: 364,
    title: heading,
    description: `${summary} Baseline ${formatFixed(baseline, 2)}, limit ${formatFixed(allowed, 2)}.`,
    body: [
      label(24, 34, heading, 'heading'),
      label(24, 54, summary, 'quiet'),
      label(24, 84, `RMSE, ${currency}`, 'quiet'),
      ...valueGrid(y, left, right - 120),
      line(left, y.at(baseline), right - 120, y.at(baseline), 'before'),
      label(right - 112, Math.max(y.at(baseline) + 4, y.at(allowed) + 16), 'baseline', 'quiet'),
      line(left, y.at(allowed), right - 120, y.at(allowed), 'expected'),
      label(right - 112, y.at(allowed), `limit, +${formatPercent(limit, 0)}`, 'quiet'),
      path(
        rmse.map(({ value }, at) => [x(at), y.at(money(value))]),
        'actual',
      ),
      ...rmse.flatMap(({ value, low, high }, at) => [
        line(x(at), y.at(money(low)), x(at), y.at(money(high)), 'interval'),
        dot(x(at), y.at(money(value)), 4.5, windows[at]?.window.isAlert === true ? 'expected-dot' : 'actual-dot'),
      ]),
      ...windows.flatMap(({ cutoff }, at) => ((windows.length - 1 - at) % every === 0 ? [label(x(at), 320, cutoff, 'middle quiet')] : [])),
      label((left + right - 120) / 2, 346, 'cut-off', 'middle quiet'),
    ],
  });
}

/** What was predicted and what was spent, by tenths of the customers. */
export function tenthsPicture({ lift, observedOverExpected }: CalibrationDrift, cutoff: string, currency: string): string {
  const ratio =
    observedOverExpected === null
      ? 'nothing was predicted'
      : `spent over predicted ${formatFixed(observedOverExpected.value, 2)} (${formatFixed(observedOverExpected.low, 2)} to ${formatFixed(observedOverExpected.high, 2)})`;
  return groupedBars({
    heading: 'Predicted and spent, by tenths of the customers',
    summary: `Cut-off ${cutoff}: ${ratio}.`,
    groups: lift.map(({ meanPredicted, observed }, at) => ({
      name: String(at + 1),
      actual: wholeUnits(observed, currency),
      expected: wholeUnits(meanPredicted, currency),
    })),
    axis: 'tenths by prediction, highest first',
    measure: `mean per customer, ${currency}`,
  });
}

const shownColumns = 14;

/** Stability of the columns that moved most, with the usual marks. */
export function columnsPicture({ stability }: WatchRecord, cutoff: string): string {
  const shown = stability.toSorted((a, b) => b.psi - a.psi).slice(0, shownColumns);
  const left = 210;
  const rowHeight = 22;
  const top = 96;
  const bottom = top + shown.length * rowHeight;
  // What is off the scale ends at its edge, with the number beside it.
  const x = zeroBasedScale(Math.min(1, Math.max(0.3, ...shown.map(({ psi }) => psi))), left, right - 60, 5);
  const end = (psi: number): number => x.at(Math.min(psi, x.most));
  const format = axisFormat(x);
  const heading = 'Columns against the training table';
  const moved = stability.filter(({ psi }) => psi > 0.25).length;
  const summary = `Cut-off ${cutoff}: population stability index; ${moved} of ${stability.length} columns above 0.25.`;
  return picture({
    width,
    height: bottom + 52,
    title: heading,
    description: summary,
    body: [
      label(24, 34, heading, 'heading'),
      label(24, 54, summary, 'quiet'),
      ...x.ticks.flatMap((tick) => [
        line(x.at(tick), top - 8, x.at(tick), bottom, tick === 0 ? 'axis' : 'grid'),
        label(x.at(tick), bottom + 18, format(tick), 'middle quiet'),
      ]),
      ...shown.flatMap(({ name, psi }, at) => [
        label(left - 10, top + at * rowHeight + 13, shorten(name, 26), 'end'),
        box(left, top + at * rowHeight + 2, Math.max(0.5, end(psi) - left), rowHeight - 7, psi > 0.25 ? 'expected-bar' : 'actual-dot'),
        label(right - 4, top + at * rowHeight + 13, formatFixed(psi, 3), 'end quiet'),
      ]),
      ...[0.1, 0.25].flatMap((mark) => [
        line(x.at(mark), top - 14, x.at(mark), bottom, 'cut'),
        label(x.at(mark), top - 18, String(mark), 'middle quiet'),
      ]),
      label((left + right - 60) / 2, bottom + 40, 'population stability index', 'middle quiet'),
    ],
  });
}
