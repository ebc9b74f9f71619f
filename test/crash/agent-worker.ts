/**
 * The process that is killed: what an operator does, again and again until it has ended once. Takes both files in, then runs the
 * pipeline unless every run of the directory has ended. Says where it is, so that the test can choose when to kill it.
 *
 * node agent-worker.ts <directory> <as of>
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';

import { openAgent } from '../../agents/customer-data-graph/index.ts';

const directory = process.argv[2] ?? '.';
const asOf = process.argv[3] ?? '';
const data = (file: string): string => join(directory, 'data', file);
/** Synchronous, so that a kill right after it cannot take it back. */
const say = (text: string): void => void writeSync(1, `${text}\n`);

const agent = await openAgent(directory, {
  // Called when an effect was performed and its answer is not stored yet: the worst moment.
  logger: { log: (event) => say(event.event === 'effect-done' || event.event === 'effect-failed' ? `effect ${event.kind}` : event.event) },
});
say('ready');
await agent.ingest({ file: data('transactions.csv'), map: data('map.yaml') });
await agent.ingest({ file: data('events.jsonl') });
say('ingested');
const before = await agent.runs();
if (before.length === 0 || before.some(({ status }) => status === 'running')) await agent.run({ pipeline: 'pipelines/clv.yaml', asOf });
await agent.close();
say('ended');
