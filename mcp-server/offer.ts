/** Puts an agent and the tools together into what the MCP SDK serves; the same for stdio and HTTP. */
import type { CustomerDataGraph } from '../agents/customer-data-graph/interface.ts';
import { packageVersion } from './package-version.ts';
import type { McpOffer } from './sdk.ts';
import { instructions, tools } from './tools/catalog.ts';
import { makeConfirmations } from './tools/confirmations.ts';

export function makeOffer(agent: CustomerDataGraph, log: McpOffer['log']): McpOffer {
  return { name: 'cohortium', version: packageVersion(), instructions, tools, call: { agent, confirmations: makeConfirmations() }, log };
}
