/**
 * The process that is killed: the schedules of an operator directory, run until a day. Says what was written down, line by line.
 *
 * node schedules-worker.ts <directory> <last day>
 */
import { writeSync } from 'node:fs';

import { openAgent } from '../../agents/customer-data-graph/index.ts';

/** Synchronous, so that a kill right after it cannot take it back. */
const say = (text: string): void => void writeSync(1, `${text}\n`);

const agent = await openAgent(process.argv[2] ?? '.');
await agent.schedules.run({
  untilDay: process.argv[3] ?? '',
  onOccurrence: ({ schedule, due, state }) => say(`${due.utc} ${schedule} ${state}`),
});
await agent.close();
say('ended');
