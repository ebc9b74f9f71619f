/**
 * One entry of `schedules:` in cohortium.yaml: what starts, when, and what becomes of times that were missed. Refuses two calendars
 * or none, fields that do not belong to the calendar chosen, unknown zones, patterns that never happen. That the pipeline or command
 * exists is checked in check-schedules.ts.
 */
import { z } from 'zod';

import { durationSchema, retrySchema } from '../../../orchestrator/index.ts';
import { dayOfIsoDate } from '../../../skills/sdk/numeric/index.ts';
import { patternFault } from '../../adapters/croner/next-occurrence.ts';
import { zoneFault } from './local-time.ts';

export const weekdays = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export const ordinals = ['first', 'second', 'third', 'fourth', 'last'] as const;

const everyPattern = new RegExp(
  `^(daily|weekly|monthly|(${ordinals.join('|')}) (${weekdays.join('|')})|[1-9]\\d{0,2} days|[1-9]\\d? weeks)$`,
);

/** A string that a function finds nothing wrong with. */
function soundText(faultIn: (text: string) => string | undefined) {
  return z.string().superRefine((text, context) => {
    const message = faultIn(text);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected');

const scheduleSchema = z
  .strictObject({
    id: name.describe('Name of the schedule, unique in the file. A new name is a new schedule: what it was called before is forgotten.'),
    run: name.optional().describe('The pipeline to run: `clv` is pipelines/clv.yaml. Either this or `command`.'),
    command: name.optional().describe('The command to run. Either this or `run`.'),
    with: z.record(z.string(), z.unknown()).default({}).describe('Parameters of the pipeline run (`daysBack`) or of the command.'),
    cron: soundText(patternFault)
      .optional()
      .describe('Minute, hour, day of month, month, day of week, such as "0 6 * * 1". Either this or `every`.'),
    every: z
      .string()
      .regex(everyPattern, "'daily', 'weekly', 'monthly', 'first monday' to 'last sunday', '14 days' or '2 weeks' was expected")
      .optional()
      .describe('`daily`, `weekly`, `monthly`, `first monday` … `last sunday` of the month, `14 days`, `2 weeks`. Either this or `cron`.'),
    on: z
      .union([z.enum([...weekdays, 'last']), z.int().min(1).max(31)], "a weekday, a day of the month from 1 to 31, or 'last' was expected")
      .optional()
      .describe(
        'weekly: the weekday (default: monday). monthly: the day, 1 to 31 or `last` (default: 1); a shorter month has its last day.',
      ),
    at: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day such as '06:00' was expected")
      .optional()
      .describe('Time of day in the time zone, with `every` (default: 00:00).'),
    timezone: soundText(zoneFault).default('UTC').describe('IANA name of the time zone that the times are in.'),
    from: z
      .string()
      .refine((text) => dayOfIsoDate(text) !== undefined, 'an ISO date such as 2026-01-05 was expected')
      .optional()
      .describe('First day, in the time zone. `14 days` and `2 weeks` count from it and need it.'),
    missed: z
      .enum(['run-latest', 'run-all', 'skip'])
      .default('run-latest')
      .describe('Times that passed while nothing ran: only the latest is made up for, all are, in order, or none is.'),
    startWithin: durationSchema.default('1h').describe('With `missed: skip`: a start later than this after its time is none.'),
    retry: retrySchema.prefault({ attempts: 1 }).describe('What happens after a failure: further runs for the same time.'),
    paused: z.boolean().default(false).describe('Nothing starts, and no time that passes meanwhile counts as missed.'),
  })
  .superRefine((schedule, context) => {
    const refuse = (field: keyof typeof schedule, message: string): void => {
      context.addIssue({ code: 'custom', path: [field], message, input: schedule });
    };
    const { run, command, cron, every, on, at, from } = schedule;
    if (run === undefined && command === undefined) refuse('run', 'a schedule needs `run` (a pipeline) or `command`');
    if (run !== undefined && command !== undefined) refuse('command', 'a schedule has either `run` or `command`');
    if (cron === undefined && every === undefined) refuse('cron', 'a schedule needs `cron` or `every`');
    if (cron !== undefined && every !== undefined) refuse('every', 'a schedule has either `cron` or `every`');
    if (cron !== undefined && at !== undefined) refuse('at', 'the time of day is in the cron pattern; `at` goes with `every`');
    if (on !== undefined && every !== 'weekly' && every !== 'monthly') refuse('on', '`on` goes with `every: weekly` and `every: monthly`');
    const isWeekday = weekdays.some((weekday) => weekday === on);
    if (on !== undefined && every === 'weekly' && !isWeekday) refuse('on', 'a weekday was expected');
    if (on !== undefined && every === 'monthly' && isWeekday)
      refuse('on', "a day from 1 to 31 or 'last' was expected; a weekday of the month is `every: first monday`");
    if (every !== undefined && /^\d/.test(every) && from === undefined)
      refuse('from', `\`every: ${every}\` counts from a day; name it with \`from\``);
  });

export type Schedule = z.infer<typeof scheduleSchema>;

export const schedulesSchema = z.array(scheduleSchema).superRefine((schedules, context) => {
  const ids = schedules.map(({ id }) => id);
  for (const [index, id] of ids.entries()) {
    const first = ids.indexOf(id);
    if (first < index)
      context.addIssue({ code: 'custom', path: [index, 'id'], message: `schedules[${first}] has this id already`, input: schedules });
  }
});
