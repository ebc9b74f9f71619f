/**
 * Signal-Capture: the first step of a run. Signals arrive at any time through validateSignal; the step seals what has
 * arrived into immutable segments and names them by one snapshot. Refuses to name anything that is not sealed.
 */
import { z } from 'zod';

import { defineSkill, type Fact } from '../sdk/index.ts';
import { machine } from './machine.ts';
import { configSchema, inputSchema, outputSchema, type SignalCaptureOutput } from './schemas.ts';

const captureInput = z.strictObject({
  signals: z
    .array(z.record(z.string(), z.unknown()))
    .min(1)
    .max(1000)
    .describe('Signals, each with id, type, customer, at and properties.'),
  source: z.string().min(1).max(200).describe('Who sends them; kept beside what goes to quarantine.'),
});

const captureOutput = z.strictObject({
  accepted: z.int().min(0),
  duplicates: z.int().min(0),
  quarantined: z.int().min(0),
  entries: z.array(
    z.strictObject({
      id: z.string(),
      source: z.string(),
      line: z.int(),
      code: z.string(),
      message: z.string(),
      raw: z.string(),
    }),
  ),
});

export const skill = defineSkill({
  id: 'signal-capture',
  version: '0.1.0',
  contract: 1,
  title: 'Signal capture',
  description: 'Seals the captured signals into content-addressed segments and names them by one snapshot.',
  input: inputSchema,
  output: outputSchema,
  config: configSchema,
  consumes: [],
  emits: ['signal.captured@1', 'snapshot.sealed@1'],
  effects: {
    'log.seal': {
      via: 'eventLog',
      method: 'seal',
      input: z.strictObject({}),
      output: outputSchema,
      idempotent: true,
      timeoutMs: 600_000,
      replay: 'recompute',
    },
  },
  pure: {},
  machine,
  determinism: { level: 'bit-exact' },
  tools: [
    {
      name: 'capture_signals',
      title: 'Capture signals',
      description:
        'Takes behaviours of customers: purchases, returns, visits, consent and 21 more types. Repeats are dropped by id; what is invalid goes to a quarantine with the reason.',
      input: captureInput,
      output: captureOutput,
      hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
    },
  ],
  facts: (output: SignalCaptureOutput): readonly Fact[] => [
    { id: 'signals.events', label: 'signals in the snapshot', value: output.events },
    { id: 'signals.customers', label: 'distinct customer keys', value: output.customers },
    { id: 'signals.quarantined', label: 'entries in quarantine', value: output.quarantined },
    { id: 'signals.firstDate', label: 'first day', value: output.firstDate },
    { id: 'signals.lastDate', label: 'last day', value: output.lastDate },
  ],
  migrations: {},
});

export default skill;
