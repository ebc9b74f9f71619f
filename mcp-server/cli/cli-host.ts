/** What the command line needs from the process, so that tests can run commands without one. */
import type { AgentModule } from '../open-agent.ts';

export interface CliHost {
  /** How a person calls this program: `cohortium`, or through npm in a clone. */
  readonly command: string;
  writeOut(text: string): void;
  writeErr(text: string): void;
  readonly isOutTerminal: boolean;
  readonly isErrTerminal: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  loadAgentModule(): Promise<AgentModule>;
  /** @returns stops listening */
  onInterrupt(listener: () => void): () => void;
  /** Milliseconds of a steady clock. */
  now(): number;
}
