/** Puts an agent and the tools together into what the MCP SDK serves; the same for stdio and HTTP. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CustomerDataGraph } from '../agents/customer-data-graph/interface.ts';
import type { McpOffer } from './sdk.ts';
import { instructions, tools } from './tools/catalog.ts';
import { makeConfirmations } from './tools/confirmations.ts';

export function makeOffer(agent: CustomerDataGraph, log: (line: string) => void): McpOffer {
  return { name: 'cohortium', version: packageVersion(), instructions, tools, call: { agent, confirmations: makeConfirmations() }, log };
}

/** From package.json, which is one folder higher when this file runs from dist. */
export function packageVersion(): string {
  for (const up of ['..', '../..']) {
    try {
      const manifest: unknown = JSON.parse(readFileSync(join(import.meta.dirname, up, 'package.json'), 'utf8'));
      if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
    } catch {
      // Not here: look higher.
    }
  }
  return '0.0.0';
}
