/**
 * The process that is killed while it computes cohorts: takes the files in, computes every definition in every window, and says
 * which windows it computed and which it found finished.
 *
 * node cohorts-worker.ts <directory> <as of>
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';

import { openAgent } from '../../agents/customer-data-graph/index.ts';

const directory = process.argv[2] ?? '.';
const asOf = process.argv[3] ?? '';
/** Synchronous, so that a kill right after it cannot take it back. */
const say = (text: string): void => void writeSync(1, `${text}\n`);

const agent = await openAgent(directory);
for (const file of ['transactions.csv', 'events.jsonl']) {
  await agent.ingest({
    file: join(directory, 'data', file),
    ...(file.endsWith('.csv') ? { map: join(directory, 'data', 'map.yaml') } : {}),
  });
}
say('ingested');
const report = await agent.computeCohorts(
  { asOf },
  {
    onProgress: ({ message }) => {
      if (message.includes(': ') && message.includes(' of ')) say(`window ${message}`);
    },
  },
);
await agent.close();
say(`ended ${report.status}`);
