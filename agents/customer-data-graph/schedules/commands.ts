/**
 * What a schedule may start: pipelines, and the commands of this table. A command is one entry here: its parameters, what it does, and
 * how it went. Knows nothing of calendars.
 */
import { join } from 'node:path';

import { z } from 'zod';

import { CohortiumError, isCohortiumError, unexpectedWords } from '../../../skills/sdk/index.ts';
import { recalibrateDue } from '../cadence/recalibrate-due.ts';
import type { CustomerDataGraph, RunReport } from '../interface.ts';
import { utcDayBefore } from './calendar.ts';
import type { WorkCall, WorkOutcome } from './driver.ts';

/** All that work may ask of the agent. */
export type ScheduledAgent = Omit<CustomerDataGraph, 'schedules' | 'doctor' | 'close'>;

interface CommandStart<Parameters> {
  /** Id of the schedule, for what is recorded. */
  readonly schedule: string;
  /** The same for the same occurrence and attempt: a command that was begun under it before goes on, or says how it ended. */
  readonly runId: string;
  /** The time that was scheduled, epoch milliseconds: what a command computes follows from it and not from when it is performed. */
  readonly dueMs: number;
  readonly parameters: Parameters;
}

export interface ScheduleCommand {
  /** Schema of `with:`, a strict object. */
  readonly parameters: z.ZodType;
  /** Must be safe to perform again after a kill; what cannot be done is thrown as a coded error. */
  readonly perform: (agent: ScheduledAgent, start: CommandStart<unknown>) => Promise<WorkOutcome>;
}

/** Commands by the name that `command:` gives, which is that of the command line. */
export const scheduleCommands: Readonly<Record<string, ScheduleCommand>> = {
  verify: command(z.strictObject({}), async (agent) => {
    const { verified, faults } = await agent.verify();
    const [first] = faults;
    if (verified) return { state: 'completed' };
    const message = first ? `${first.message}; ${faults.length} fault(s) in all` : 'the ledger does not verify';
    return { state: 'failed', error: { code: first?.code ?? 'LEDGER_ROOT_MISMATCH', message } };
  }),
  cadence: command(
    z.strictObject({
      pipeline: z.string().default('clv').describe('Pipeline with a cohort and a recalibrate step, run when some cohort is due.'),
      daysBack: z.int().min(0).max(366).default(1).describe('The run is as of the UTC day so many days before the one of its time.'),
    }),
    async (agent, { runId, dueMs, parameters: { pipeline, daysBack } }) => {
      const { run } = await recalibrateDue(agent, { pipeline, asOf: utcDayBefore(dueMs, daysBack), runId });
      return run ? outcomeOf(run) : { state: 'completed' };
    },
  ),
  anchor: command(z.strictObject({}), async (agent) => {
    const { failures } = await agent.anchors.now();
    const [first] = failures;
    if (!first) return { state: 'completed' };
    return { state: 'failed', error: { code: first.code, message: `${first.message}; ${failures.length} place(s) failed` } };
  }),
  fairness: command(z.strictObject({}), async (agent) => {
    await agent.gate.fairness.audit();
    return { state: 'completed' };
  }),
  retention: command(z.strictObject({}), async (agent, { schedule, dueMs }) => {
    await agent.executeRetention({ schedule }, utcDayBefore(dueMs, 0));
    return { state: 'completed' };
  }),
  'score-run': command(z.strictObject({}), async (agent, { dueMs }) => {
    await agent.scoring.scoreRun({ today: utcDayBefore(dueMs, 0) });
    return { state: 'completed' };
  }),
};

/** `with:` of a schedule that runs a pipeline. */
export const pipelineParameters = z.strictObject({
  daysBack: z.int().min(0).max(366).default(1).describe('The run is as of the UTC day so many days before the one of its time.'),
});

/** Ties the parameters that a command gets to those that its schema lets pass. */
function command<Parameters>(
  parameters: z.ZodType<Parameters>,
  perform: (agent: ScheduledAgent, start: CommandStart<Parameters>) => Promise<WorkOutcome>,
): ScheduleCommand {
  return { parameters, perform: (agent, start) => perform(agent, { ...start, parameters: parameters.parse(start.parameters) }) };
}

/** Performs what a schedule starts; whatever goes wrong becomes an outcome with its code. */
export async function performWork(agent: ScheduledAgent, { schedule, runId, work, dueMs }: WorkCall): Promise<WorkOutcome> {
  try {
    if (work.kind === 'pipeline') {
      const { daysBack } = pipelineParameters.parse(work.with);
      return outcomeOf(await agent.run({ pipeline: join('pipelines', `${work.name}.yaml`), asOf: utcDayBefore(dueMs, daysBack), runId }));
    }
    const found = Object.hasOwn(scheduleCommands, work.name) ? scheduleCommands[work.name] : undefined;
    if (found) return await found.perform(agent, { schedule, runId, dueMs, parameters: work.with });
    throw new CohortiumError('CONFIG_INVALID', `there is no command '${work.name}' for schedules; there are: ${commandNames().join(', ')}`);
  } catch (error) {
    // One schedule with a defect must not keep the others from running.
    if (!isCohortiumError(error)) {
      return { state: 'failed', error: { code: 'INTERNAL', message: unexpectedWords(error) } };
    }
    const details = error.diagnostics.map(({ message }) => message).filter((message) => !error.message.includes(message));
    return { state: 'failed', error: { code: error.code, message: [error.message, ...details].join('; ') } };
  }
}

export function commandNames(): readonly string[] {
  return Object.keys(scheduleCommands);
}

function outcomeOf({ status, error, runId }: RunReport): WorkOutcome {
  if (status === 'completed') return { state: 'completed' };
  if (status === 'waiting') return { state: 'waiting' };
  if (status === 'cancelled') return { state: 'cancelled', error: error ?? { code: 'RUN_CANCELLED', message: `${runId} was cancelled` } };
  return { state: 'failed', error: error ?? { code: 'RUN_FAILED', message: `${runId} is ${status}` } };
}
