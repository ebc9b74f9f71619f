/**
 * The one place where the doors reach for the real agent. Loaded on demand, so that `--help` and usage errors start no database.
 */
import type { CustomerDataGraph } from '../agents/customer-data-graph/interface.ts';
import type { Progress } from '../agents/customer-data-graph/interface.ts';
import type { QuickstartReport } from '../agents/customer-data-graph/quickstart/report-type.ts';

/** What the command line needs besides an open agent. */
export interface AgentModule {
  readonly openAgent: (directory: string, options?: { readonly readonly?: boolean }) => Promise<CustomerDataGraph>;
  readonly findOperatorDirectory: (from: string) => string;
  readonly initOperatorDirectory: (
    directory: string,
    options?: { readonly merchant?: string; readonly currency?: string },
  ) => Promise<{ readonly files: readonly string[] }>;
  readonly simulateInto: (
    directory: string,
    options: { readonly seed: string; readonly customers: number; readonly months: number; readonly withProtected?: boolean },
  ) => Promise<{
    readonly files: readonly string[];
    readonly protectedFiles: readonly string[];
    readonly events: number;
    readonly customers: number;
  }>;
  readonly simulateIntoLog: (
    directory: string,
    options: { readonly seed: string; readonly customers: number; readonly months: number },
    context?: { readonly signal?: AbortSignal; readonly onProgress?: (progress: Progress) => void },
  ) => Promise<{ readonly segments: number; readonly events: number; readonly customers: number; readonly asOf: string }>;
  readonly runQuickstart: (options: {
    readonly directory?: string;
    readonly seed: string;
    readonly customers: number;
    readonly onProgress: (progress: Progress) => void;
    readonly signal?: AbortSignal;
  }) => Promise<QuickstartReport>;
}

export async function loadAgentModule(): Promise<AgentModule> {
  const [agent, { findOperatorDirectory }] = await Promise.all([
    import('../agents/customer-data-graph/index.ts'),
    import('../agents/customer-data-graph/config.ts'),
  ]);
  return { ...agent, findOperatorDirectory };
}
