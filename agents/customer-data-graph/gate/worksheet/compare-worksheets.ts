/** What is different from the worksheet before: figures, and what they were computed by. Says what changed, never why. */
import type { WorksheetFigures } from './worksheet-interface.ts';

export interface FigureChange {
  readonly figure: string;
  readonly before: number;
  readonly after: number;
  readonly isMoney: boolean;
}

export interface MethodChange {
  readonly what: string;
  readonly before: string;
  readonly after: string;
}

/** All figures, changed or not, so that a reader sees what was looked at. */
export function figureChanges(before: WorksheetFigures, after: WorksheetFigures): readonly FigureChange[] {
  const figures: readonly (readonly [string, boolean, (of: WorksheetFigures) => number])[] = [
    ['Expected value that is reported', true, ({ reported }) => reported.valueMinor],
    ['Accounts in it', false, ({ reported }) => reported.accounts],
    ['Expected value of all scored accounts', true, ({ scored }) => scored.valueMinor],
    ['Scored accounts', false, ({ scored }) => scored.accounts],
    ['Accounts held out: failed', false, ({ held }) => held.fail.accounts],
    ['Accounts held out: left to a person', false, ({ held }) => held.counsel.accounts],
    ['Sales less returns in the log', true, ({ log }) => log.netMinor],
  ];
  return figures.map(([figure, isMoney, pick]) => ({ figure, isMoney, before: pick(before), after: pick(after) }));
}

/** Only what changed. Models and scores differ with the data of every run, so that their digests say nothing here. */
export function methodChanges(before: WorksheetFigures, after: WorksheetFigures): readonly MethodChange[] {
  const methods: readonly (readonly [string, (of: WorksheetFigures) => string])[] = [
    ['Horizon', ({ horizonDays }) => `${horizonDays} days`],
    ['Discount rate per year', ({ discountRateAnnual }) => String(discountRateAnnual)],
    ['Level of the interval', ({ level }) => String(level)],
    ['Currency', ({ currency }) => currency],
    ['Calibration', ({ method }) => method],
    ['Policies (digest)', ({ digests }) => digests.policies],
    ['Use that holds accounts out', ({ heldBy: { subscriber, purpose, sink } }) => `${subscriber}, ${purpose}, ${sink}`],
  ];
  return methods.flatMap(([what, pick]) => {
    const [was, is] = [pick(before), pick(after)];
    return was === is ? [] : [{ what, before: was, after: is }];
  });
}
