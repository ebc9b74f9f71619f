/**
 * How often the cohorts of an operator directory are recalibrated. What came of earlier runs is written down once their windows have
 * matured, with what follows from it for the cadence; both stay. Changes no model and publishes nothing.
 */
import { z } from 'zod';

import { homesOf } from '../../../skills/cohort/effects/feature-columns.ts';
import { cadences, type CadenceRule, nextDueDay, withinBounds } from '../../../skills/recalibrate/core/cadence/index.ts';
import { CohortiumError, compareText, type Json, refSchema } from '../../../skills/sdk/index.ts';
import { dayOfIsoDate, isoDate } from '../../../skills/sdk/numeric/index.ts';
import type { NewEntry } from '../../adapters/sqlite/journal.ts';
import type { Workspace } from '../workspace.ts';
import type { CadenceChoice, CadenceDoor, CadenceFeedback, CohortCadence } from './cadence-interface.ts';
import { cadenceEntries, type CohortState, cohortStates, decideAfter, unknownCohort } from './feedback-log.ts';
import { maturedWindows, type RunOutputs } from './matured-run.ts';

type CadencePlace = Pick<
  Workspace,
  'config' | 'clock' | 'content' | 'eventLog' | 'warehouse' | 'runStore' | 'orchestrator' | 'feedback' | 'records'
>;

const planSchema = z.looseObject({
  steps: z.array(
    z.looseObject({ skill: z.string(), config: z.looseObject({ horizonDays: z.int().optional(), value: z.boolean().optional() }) }),
  ),
});

const outputsSchema = z.looseObject({ accounts: refSchema, profiles: refSchema, model: refSchema });

export function cadenceDoor(place: CadencePlace): CadenceDoor {
  const { config, clock, content } = place;
  const rule: CadenceRule = config.cadence;

  const states = (): Map<string, CohortState> => new Map(cohortStates(cadenceEntries(place.feedback().entries()), rule));

  /** Runs that recalibrated values, oldest as-of date first; of one date the newest. */
  const recalibrations = (): readonly { readonly id: string; readonly asOf: string; readonly horizonDays: number }[] => {
    const byDate = new Map<string, { readonly id: string; readonly asOf: string; readonly horizonDays: number }>();
    for (const { id, asOf, state, definition } of place.runStore().runs()) {
      const plan = planSchema.safeParse(definition);
      if (state !== 'completed' || !plan.success) continue;
      const { steps } = plan.data;
      const valued = steps.find((step) => step.skill === 'cohort' && step.config.value !== false);
      const horizonDays = valued?.config.horizonDays;
      if (horizonDays !== undefined && steps.some(({ skill }) => skill === 'recalibrate')) byDate.set(asOf, { id, asOf, horizonDays });
    }
    return [...byDate.values()].sort((a, b) => compareText(a.asOf, b.asOf));
  };

  /** What a run put out; undefined where a step was skipped. */
  const outputsOf = async ({
    id,
    asOf,
    horizonDays,
  }: {
    readonly id: string;
    readonly asOf: string;
    readonly horizonDays: number;
  }): Promise<RunOutputs | undefined> => {
    const steps = Object.values((await place.orchestrator()).view(id).steps).map(({ output }) => output);
    const valued = steps.map((output) => outputsSchema.safeParse(output)).find(({ success }) => success)?.data;
    const calibrated = steps
      .map((output) => z.looseObject({ calibrated: refSchema }).safeParse(output))
      .find(({ success }) => success)?.data;
    return valued && calibrated
      ? { asOf, horizonDays, accounts: valued.accounts, profiles: valued.profiles, model: valued.model, calibrated: calibrated.calibrated }
      : undefined;
  };

  const knownCohorts = async (): Promise<readonly string[]> => {
    const last = recalibrations().at(-1);
    const outputs = last && (await outputsOf(last));
    const named = outputs ? homesOf(content.getTable(outputs.profiles)) : [];
    return [...new Set([...named, ...states().keys()])].sort(compareText);
  };

  const list = async (): Promise<readonly CohortCadence[]> => {
    const known = states();
    const lastRun = recalibrations().at(-1)?.asOf ?? null;
    return (await knownCohorts()).map((cohort) => {
      const { cadence: learnt, feedback } = known.get(cohort) ?? unknownCohort(rule);
      const cadence = withinBounds(learnt, rule);
      const due = lastRun === null ? null : isoDate(nextDueDay(dayOf(lastRun), cadence));
      return { cohort, cadence, error: feedback.at(-1)?.error ?? null, windows: feedback.length, lastRun, due };
    });
  };

  return {
    list,
    history: async (cohort, limit) => {
      const found = cadenceEntries(place.feedback().entries()).filter((entry) => cohort === undefined || entry.cohort === cohort);
      if (cohort !== undefined && found.length === 0) await requireKnown(cohort, knownCohorts);
      return found.slice(-limit).reverse();
    },
    set: async (cohort, wanted, by, note) => {
      const cadence = cadences.find((own) => own === wanted);
      if (cadence === undefined || withinBounds(cadence, rule) !== cadence) {
        throw new CohortiumError(
          'ARGUMENT_INVALID',
          `'${wanted}' is no cadence from ${rule.shortest} to ${rule.longest}; bounds are in cohortium.yaml`,
        );
      }
      if (by.trim() === '' || note.trim() === '') throw new CohortiumError('ARGUMENT_INVALID', 'a choice needs who made it, and why');
      await requireKnown(cohort, knownCohorts);
      const { cadence: before } = states().get(cohort) ?? unknownCohort(rule);
      const now = clock.now();
      const choice: CadenceChoice = { kind: 'set', cohort, before, cadence, by, reason: note, at: new Date(now).toISOString() };
      const key = `set ${cohort} ${place.feedback().entries().length + 1}`;
      place.feedback().append([{ key, subject: cohort, kind: 'set', body: choice as unknown as Json }], now);
      return choice;
    },
    learn: async (asOf) => {
      const signal = new AbortController().signal;
      const log = await place.eventLog().seal({}, { signal, idempotencyKey: `cadence ${crypto.randomUUID()}` });
      const lastDay = Math.min(dayOf(asOf), dayOfIsoDate(log.lastDate) ?? -1);
      const written = new Set(
        place
          .feedback()
          .entries()
          .flatMap(({ kind, subject }) => (kind === 'window' ? [subject] : [])),
      );
      const report: { runs: string[]; entries: CadenceFeedback[] } = { runs: [], entries: [] };
      for (const run of recalibrations()) {
        const untilDay = dayOf(run.asOf) + run.horizonDays;
        if (untilDay > lastDay || written.has(windowOf(run.asOf, untilDay))) continue;
        const outputs = await outputsOf(run);
        const windows = outputs ? await maturedWindows(place, outputs, log.snapshot) : [];
        const known = states();
        const now = clock.now();
        const feedback = windows.map((window): CadenceFeedback => {
          const state = known.get(window.cohort) ?? unknownCohort(rule);
          const decided = decideAfter(state, { asOf: run.asOf, customers: window.customers, error: window.error }, rule);
          const at = new Date(now).toISOString();
          return {
            kind: 'feedback',
            ...window,
            run: run.id,
            asOf: run.asOf,
            until: isoDate(untilDay),
            before: state.cadence,
            ...decided,
            at,
          };
        });
        const until = isoDate(untilDay);
        // On record before it has effects; after a kill in between the same records are one.
        await place.records().write(
          feedback.map(({ cohort, customers, error, losses, decision, cadence, reason }) => ({
            kind: 'feedback',
            stream: `${cohort} ${windowOf(run.asOf, untilDay)}`,
            subject: null,
            body: {
              about: { run: run.id, cohort, asOf: run.asOf, until },
              outcome: { customers, error, losses },
              cadence: { decision, cadence, reason },
            },
          })),
          `feedback ${run.id} ${until}`,
        );
        // All of a run or nothing of it: after a kill it is looked at again.
        const entries: readonly NewEntry[] = [
          {
            key: `window ${windowOf(run.asOf, untilDay)}`,
            subject: windowOf(run.asOf, untilDay),
            kind: 'window',
            body: { run: run.id, cohorts: feedback.length },
          },
          ...feedback.map((own) => ({
            key: `feedback ${windowOf(run.asOf, untilDay)} ${own.cohort}`,
            subject: own.cohort,
            kind: 'feedback',
            body: own as unknown as Json,
          })),
        ];
        place.feedback().append(entries, now);
        report.runs.push(run.id);
        report.entries.push(...feedback);
      }
      return report;
    },
    due: async (asOf) => {
      const day = dayOf(asOf);
      if (recalibrations().length === 0) return null;
      return (await list()).flatMap(({ cohort, due }) => (due !== null && (dayOfIsoDate(due) ?? 0) <= day ? [cohort] : []));
    },
  };
}

/** A window is looked at once, whichever of several runs of a day predicted it. */
function windowOf(asOf: string, untilDay: number): string {
  return `${asOf} ${isoDate(untilDay)}`;
}

async function requireKnown(cohort: string, knownCohorts: () => Promise<readonly string[]>): Promise<void> {
  const known = await knownCohorts();
  if (!known.includes(cohort))
    throw new CohortiumError(
      'ARGUMENT_INVALID',
      `there is no cohort '${cohort}'; there are: ${known.join(', ') || 'none before the first run'}`,
    );
}

function dayOf(date: string): number {
  const day = dayOfIsoDate(date);
  if (day === undefined) throw new CohortiumError('ARGUMENT_INVALID', `an ISO date such as 2026-01-31 was expected; found '${date}'`);
  return day;
}
