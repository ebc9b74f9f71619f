/**
 * What is written down about an experiment before anybody is in it: one YAML file each, `registries/experiments/<name>.yaml`. Refuses
 * unknown keys, arms that are no split of customers, and looks that the test does not allow.
 */
import { z } from 'zod';

const name = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'a kebab-case name was expected');
const sentence = z.string().trim().min(1);
const alpha = z.number().gt(0).max(0.5).default(0.05).describe('Probability of finding what is not there.');
const minimalEffect = z.number().gt(0).describe('Smallest difference of means that would matter, in the unit of the metric.');

const common = {
  experiment: name.describe('Name of the experiment and of the file.'),
  hypothesis: sentence.describe('What is expected, in a sentence that can turn out wrong.'),
  population: sentence.describe('Who, or what data, it is about.'),
  metric: sentence.describe('What is measured, with its unit.'),
  minimalEffect,
};

const armsSchema = z
  .array(z.strictObject({ id: name, share: z.number().gt(0).lt(1).describe('Share of the customers; all add up to 1.') }))
  .min(2)
  .max(20)
  .superRefine((arms, context) => {
    const ids = arms.map(({ id }) => id);
    const twice = ids.findIndex((id, at) => ids.indexOf(id) < at);
    if (twice >= 0)
      context.addIssue({ code: 'custom', path: [twice, 'id'], message: `there is an arm '${ids[twice]}' already`, input: arms });
    const total = arms.reduce((sum, { share }) => sum + share, 0);
    if (Math.abs(total - 1) > 1e-9)
      context.addIssue({ code: 'custom', message: `the shares must add up to 1; they add up to ${total}`, input: arms });
  });

const cuped = z
  .boolean()
  .default(false)
  .describe('Takes out what the column `before` explains; it has the same metric from before the start.');
const byCohort = z.boolean().default(false).describe('Also by the column `cohort`, with false discoveries kept low.');

const customersSchema = z.strictObject({
  ...common,
  kind: z.literal('customers').describe('Customers are assigned to arms.'),
  arms: armsSchema.describe('The first is the control.'),
  salt: z.string().min(1).optional().describe('Text that the assignment is drawn with; the name unless given.'),
  analysis: z
    .discriminatedUnion('test', [
      z.strictObject({
        test: z.literal('sequential').describe('May be looked at while it runs.'),
        alpha,
        looks: z.int().min(1).max(10_000).optional().describe('Looks at most; any number unless given.'),
        cuped,
        byCohort,
      }),
      z.strictObject({
        test: z.literal('fixed').describe("Welch's test, looked at once."),
        alpha,
        customersPerArm: z.int().min(2).describe('Customers that each arm must have.'),
        cuped,
        byCohort,
      }),
    ])
    .describe('How it is analysed.'),
});

const armOfModels = z.strictObject({
  id: name,
  without: z
    .array(z.string().min(1))
    .default([])
    .describe('Features that `cohortium experiments ablate` leaves out; `btyd` for all of timing and spend models.'),
});

const modelsSchema = z
  .strictObject({
    ...common,
    kind: z.literal('models').describe('Two models predict the same customers: an ablation, or champion against challenger.'),
    arms: z.strictObject({ champion: armOfModels, challenger: armOfModels }),
    analysis: z.strictObject({
      loss: z.enum(['squared', 'absolute', 'poisson']).describe('Of a prediction; the metric is its mean.'),
      alpha,
      overlap: z.int().min(1).default(1).describe('Origins that one horizon reaches into.'),
      draws: z.int().min(200).max(100_000).default(2000).describe('Resamples of customers.'),
      byCohort,
    }),
  })
  .refine(({ arms: { champion, challenger } }) => champion.id !== challenger.id, {
    path: ['arms', 'challenger', 'id'],
    message: 'champion and challenger have one name',
  });

export const registrationSchema = z.discriminatedUnion('kind', [customersSchema, modelsSchema]);

export type Registration = z.infer<typeof registrationSchema>;
export type CustomersRegistration = z.infer<typeof customersSchema>;
export type ModelsRegistration = z.infer<typeof modelsSchema>;
