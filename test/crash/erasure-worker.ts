/** The process that is killed while it erases: node erasure-worker.ts <directory> <customer> */
import { openAgent } from '../../agents/customer-data-graph/agent.ts';

const [directory = '.', customer = ''] = process.argv.slice(2);
const agent = await openAgent(directory);
process.stdout.write('begun\n');
await agent.erasure.erase({ customer, by: 'dpo', why: 'asked for' });
process.stdout.write('done\n');
await agent.close();
