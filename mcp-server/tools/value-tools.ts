/** Tools that answer the one question: what is this customer worth here, how sure are we, and may it be used. */
import { z } from 'zod';

import { grainFields, identifier, isoDate, outcome, readsOnly } from './tool-fields.ts';
import { defineTool } from './tool-spec.ts';

export const lookupValue = defineTool({
  name: 'lookup_value',
  title: 'Look up a value',
  description: `Expected value of one customer over the coming days: at the account, or at a location, channel and brand. Use it for any question on what a customer is worth. If the gate's outcome for the purpose is not pass, there is no value but reasons: say so, do not estimate. Returns minor units (clvMinor 1234 in EUR is 12.34), an interval, and the ledger record that proves it.`,
  input: z.strictObject(grainFields),
  output: z.object({
    customerId: z.string(),
    location: z.string().nullable(),
    channel: z.string().nullable(),
    brand: z.string().nullable(),
    purpose: z.string(),
    outcome,
    reasons: z.array(z.object({ policy: z.string(), citation: z.string() })),
    value: z
      .object({
        clvMinor: z.number(),
        lowMinor: z.number(),
        highMinor: z.number(),
        pPurchase: z.number().describe('Probability of a purchase within horizonDays.'),
        pAlive: z.number().describe('Probability of still being a customer.'),
        tier: z.enum(['high', 'medium', 'low', 'none']).describe('How far the value can be trusted.'),
        share: z.number().describe('Part of the account value at this grain.'),
      })
      .optional()
      .describe('Absent unless the outcome is pass.'),
    currency: z.string(),
    horizonDays: z.number(),
    asOf: z.string(),
    record: z.looseObject({ index: z.number() }).nullable().describe('index and item of the decision; score has those of the value.'),
  }),
  hints: readsOnly,
  call: (grain, { agent }) => agent.value(defined(grain)),
});

export const explainValue = defineTool({
  name: 'explain_value',
  title: 'Explain a value',
  description: `Says in sentences how a value came about. Use it when the user asks why. Quote numbers from facts only; when you retell it to a person in your own words, add the disclosure. Takes the arguments of lookup_value. Returns sentences, the facts they use, and the gate's outcome.`,
  input: z.strictObject(grainFields),
  output: z.object({
    customerId: z.string(),
    sentences: z.array(z.string()),
    facts: z.array(z.object({ id: z.string(), label: z.string(), value: z.union([z.number(), z.string()]), unit: z.string().optional() })),
    outcome,
    disclosure: z.string(),
  }),
  hints: readsOnly,
  async call(grain, { agent }) {
    return { ...(await agent.explain(defined(grain))), disclosure: await agent.gate.narrativeDisclosure() };
  },
});

export const listMembers = defineTool({
  name: 'list_members',
  title: 'List cohort members',
  description: `Customers in one cohort, page by page, today or as of a day. Use it to find customer ids by location, channel, brand, tenure and so on, or by a cohort definition of the operator. A wrong cohort is answered with those that there are. Returns the size of the whole cohort, a page of members with their confidence, and nextCursor (null on the last page).`,
  input: z.strictObject({
    axis: identifier.describe(
      'What customers are grouped by: location, channel, brand, vertical, tenure, rfm, seasonality, loyalty-tier, subscription, acquisition-source, first-order-sku, or the id of a cohort definition.',
    ),
    cohort: identifier.describe(
      'Group on that axis, such as a location name or a tenure of 31-90; of a definition, the key of the cohort.',
    ),
    window: identifier.optional().describe('24h, 7d, 28d, 90d, 365d or lifetime; needed where a definition has several.'),
    asOf: isoDate.optional().describe('Day to look at. Default: the newest.'),
    limit: z.int().min(1).max(200).default(50).describe('Members per page, 1 to 200.'),
    cursor: z.string().min(1).optional().describe('nextCursor of the page before.'),
  }),
  output: z.object({
    axis: z.string(),
    window: z.string(),
    cohort: z.string(),
    name: z.string().describe('Name of the cohort in words.'),
    version: z.number(),
    asOf: z.string(),
    size: z.number(),
    members: z.array(
      z.object({
        customerId: z.string(),
        since: z.string(),
        until: z.string().nullable().describe('First day on which the window ends it; null for never.'),
        confidence: z.number().describe('0 to 1; 1 where the cohort follows from a rule.'),
      }),
    ),
    nextCursor: z.string().nullable(),
  }),
  hints: readsOnly,
  call: (request, { agent }) => agent.members(defined(request)),
});

type Defined<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** Leaves out the keys that hold undefined: for the agent, an absent grain and an undefined one must be the same. */
function defined<T extends object>(values: T): Defined<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<T>; // same keys, minus the undefined
}
