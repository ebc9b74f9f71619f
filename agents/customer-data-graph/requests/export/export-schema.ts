/**
 * data.json of an answer to a person, schema-versioned; docs/reference/subject-export.schema.json is made from it. What an answer of
 * some kind does not have is null or empty, never left out.
 */
import { z } from 'zod';

const line = z.string();
const json = z.json();
const money = z.number().describe('Minor units of the currency.');
const citation = z.strictObject({ regime: line, citation: line });
const fact = z.strictObject({ name: line, value: z.union([line, z.number(), z.boolean(), z.null()]) });

export const subjectExportSchema = z.strictObject({
  format: z.literal('cohortium/subject-export@1'),
  kind: z
    .enum(['know', 'access', 'port', 'human-review'])
    .describe('Categories only; everything; what was provided or observed; what persons said who looked again at a decision.'),
  request: z.strictObject({ id: line, receivedAt: line, identity: line, law: z.array(citation) }),
  madeAsOf: line.describe('ISO instant.'),
  ledger: z.strictObject({ size: z.int(), root: line }).describe('The ledger that the proofs are under.'),
  operator: z.strictObject({
    name: line,
    contact: line.nullable(),
    privacyNotice: line.nullable(),
    authority: line.nullable(),
    currency: line,
  }),
  confirmation: line,
  categories: z.array(
    z.strictObject({
      category: line,
      isHeld: z.boolean(),
      count: z.int().nullable(),
      from: z.array(line),
      recipients: z.array(line),
      kept: line,
    }),
  ),
  person: z
    .strictObject({
      customerId: line,
      previousIds: z.array(line),
      identities: z.array(z.strictObject({ kind: line, value: line, since: line })),
      attributes: z.array(z.strictObject({ name: line, value: line, source: line, at: line })),
      links: z.array(z.strictObject({ left: line, right: line, source: line, since: line, reason: line.nullable() })),
    })
    .nullable(),
  signals: z
    .array(
      z.strictObject({
        id: line,
        type: line,
        at: line,
        identity: line,
        location: line,
        channel: line,
        brand: line,
        orderId: line,
        sku: line,
        amountMinor: money,
        properties: json,
      }),
    )
    .describe('Oldest first.'),
  consents: z.array(
    z.strictObject({
      purpose: line,
      isGranted: z.boolean(),
      mode: line.nullable(),
      at: line,
      method: line.nullable(),
      noticeVersion: line.nullable(),
      evidence: line,
    }),
  ),
  features: z
    .strictObject({ asOf: line, values: z.array(fact) })
    .nullable()
    .describe('What values are computed from.'),
  cohorts: z.strictObject({
    current: z.array(
      z.strictObject({
        definition: line,
        title: line,
        window: line,
        cohort: line,
        name: line,
        confidence: z.number(),
        since: line,
        until: line.nullable(),
        because: z.array(line),
      }),
    ),
    transitions: z.array(
      z.strictObject({
        definition: line,
        window: line,
        from: line.nullable(),
        to: line.nullable(),
        asOf: line,
        recordedAt: line,
        version: z.int(),
      }),
    ),
  }),
  values: z
    .strictObject({
      asOf: line,
      horizonDays: z.int(),
      account: z.array(fact),
      places: z.array(z.strictObject({ location: line, channel: line, brand: line, clvMinor: money, share: z.number() })),
    })
    .nullable(),
  decisions: z.array(
    z.strictObject({
      purpose: line,
      sink: line,
      subscriber: line,
      outcome: z.enum(['pass', 'fail', 'counsel']),
      asOf: line,
      rules: z.array(z.strictObject({ rule: line, citation: line })),
      otherwise: z.array(line).describe('The smallest changes after which the outcome would be another.'),
      record: z.strictObject({ index: z.int(), item: z.int().nullable() }).nullable().describe('Place in the ledger.'),
    }),
  ),
  reviews: z
    .array(
      z.strictObject({
        request: line,
        decidedAt: line,
        purpose: line,
        sink: line,
        decision: z.strictObject({ index: z.int(), item: z.int().nullable() }).describe('Place of the reviewed decision in the ledger.'),
        view: line.describe('What the person said against it.'),
        outcome: z.enum(['upheld', 'changed', 'withdrawn']),
        because: line,
        conditions: z.array(line),
        decidedBy: z.array(z.strictObject({ role: line, at: line, key: line, signature: line })).describe('Each signed what they said.'),
        refused: z.array(line).describe('Uses that were refused in the name of the person because of it.'),
      }),
    )
    .describe('Decisions that the person contested, and what became of that.'),
  valueExplanations: z.array(json).describe('By group of features what each adds, and what would have to be otherwise, as recorded.'),
  overrides: z.array(z.strictObject({ at: line, what: line, index: z.int() })),
  records: z.array(
    z.strictObject({
      index: z.int(),
      item: z.int().nullable(),
      kind: line,
      time: line,
      schema: line,
      state: line,
      body: json,
      redacted: z.array(line),
      proof: line.nullable().describe('File of the proof in this archive.'),
    }),
  ),
  recipients: z.array(
    z.strictObject({
      subscriber: line,
      sink: line,
      purposes: z.array(line),
      values: line.describe('Whether a value of the person went there.'),
      optOuts: z.array(z.strictObject({ purposes: z.array(line), at: line, state: line })),
    }),
  ),
  purposes: z.array(z.strictObject({ purpose: line, legalBasis: line, recipients: z.array(line) })),
  sources: z.array(line),
  retention: z.array(z.strictObject({ what: line, outcome: line, through: line.nullable(), rules: z.array(line) })),
  transfers: z.array(line),
  rights: z.array(z.strictObject({ regime: line, title: line, citation: line, rights: z.array(line) })),
  logic: z.array(z.strictObject({ purpose: line, what: line, procedure: line, data: line, significance: line, consequences: line })),
  model: z.strictObject({ id: line, card: line }).nullable(),
  requests: z.array(z.strictObject({ id: line, nature: line, receivedOn: line, response: line, respondedOn: line.nullable() })),
  withheld: z.array(z.strictObject({ what: line, places: z.int(), because: line })),
});

export type SubjectExport = z.infer<typeof subjectExportSchema>;
