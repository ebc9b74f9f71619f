/**
 * What a tool of the MCP server is, without the MCP SDK: name, words for the model, schemas, hints and the call. The input is
 * parsed here and not by the SDK, so that a wrong argument is answered with a code, the field, what was found and what to do.
 */
import type { z } from 'zod';

import type { CallContext, CustomerDataGraph } from '../../agents/customer-data-graph/interface.ts';
import { CohortiumError, issueDiagnostics } from '../../skills/sdk/index.ts';
import type { Confirmations } from './confirmations.ts';

/** All four, always stated: a client must not have to guess. */
export interface ToolHints {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

export interface ToolCall {
  readonly agent: CustomerDataGraph;
  readonly confirmations: Confirmations;
  /** What the person answered whom the client asked about the code of a first call; absent where nobody was asked. */
  readonly assent?: { readonly code: string; readonly isAgreed: boolean };
  /** Progress and cancellation; progress goes nowhere when the caller did not ask for it. */
  readonly context: CallContext;
}

export type Answer = Readonly<Record<string, unknown>>;

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodObject;
  readonly output: z.ZodObject;
  readonly hints: ToolHints;
  /** True for tools that report progress and stop when the call is cancelled. */
  readonly isLong: boolean;
  /** True for tools that answer a first call with `confirmation-required`, a `summary` and a code `confirm`: a person has to agree. */
  readonly asksPerson: boolean;
  /**
   * @throws {CohortiumError} ARGUMENT_INVALID with every fault of the arguments at once; whatever the agent throws
   */
  answer(args: unknown, call: ToolCall): Promise<Answer>;
}

type Immutable<T> = T extends readonly (infer Item)[]
  ? readonly Immutable<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Immutable<T[Key]> }
    : T;

interface ToolSpec<Input extends z.ZodObject, Output extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  readonly output: Output;
  readonly hints: ToolHints;
  readonly isLong?: boolean;
  readonly asksPerson?: boolean;
  readonly call: (args: z.output<Input>, call: ToolCall) => Promise<Immutable<z.input<Output>>>;
}

/** Makes a tool; the answer is cut to what the output schema declares, so nothing undeclared reaches a model. */
export function defineTool<Input extends z.ZodObject, Output extends z.ZodObject>(spec: ToolSpec<Input, Output>): Tool {
  return {
    name: spec.name,
    title: spec.title,
    description: spec.description,
    input: spec.input,
    output: spec.output,
    hints: spec.hints,
    isLong: spec.isLong ?? false,
    asksPerson: spec.asksPerson ?? false,
    async answer(args, call) {
      const parsed = spec.input.safeParse(args ?? {});
      if (!parsed.success) throw refusal(spec, parsed.error, args);
      return spec.output.parse(await spec.call(parsed.data, call));
    },
  };
}

/** Arguments come from no file. */
const nowhere = { file: '', line: 1, column: 1 };

function refusal(spec: { readonly name: string; readonly input: z.ZodObject }, error: z.ZodError, args: unknown): CohortiumError {
  const faults = issueDiagnostics(error, 'ARGUMENT_INVALID', args, () => nowhere).map(({ message }) => message);
  const accepted = Object.keys(spec.input.shape).join(', ') || 'none';
  return new CohortiumError('ARGUMENT_INVALID', `${spec.name}: ${faults.join('; ')}. Arguments are: ${accepted}`);
}
