/** One action of `cohortium gate`, in a file of its own: words, options and what it does. The help of the command is made of them. */
import type { CommandAnswer, CommandCall, OptionSpec } from '../../command-spec.ts';

export interface GateAction {
  /** What it is for, as the rest of a sentence that begins with its name. */
  readonly says: string;
  /** What the targets are, such as `a customer id`; absent where it takes none. */
  readonly target?: string;
  /** Several actions may share one with the same flags; each says what it means for itself. */
  readonly options: readonly OptionSpec[];
  readonly examples: readonly (readonly [string, string])[];
  perform(call: CommandCall, targets: readonly string[]): Promise<CommandAnswer>;
}
