/** What the newest completed run that has something put out, for questions outside of a run. */
import { type Ref, refSchema } from '../../../skills/sdk/index.ts';
import type { Workspace } from '../workspace.ts';

export interface NewestRun {
  readonly runId: string;
  readonly asOf: string;
  /** The output of a step by name, of the first step that has it. */
  readonly output: (name: string) => unknown;
  /** The same where it is a reference into the content store. */
  readonly ref: (name: string) => Ref | undefined;
  /** Configuration of the first step of a skill, as planned. */
  readonly configOf: (skill: string) => Readonly<Record<string, unknown>> | undefined;
}

/** The newest completed run whose steps put out all of these; undefined before there is one. */
export async function newestRun(workspace: Pick<Workspace, 'orchestrator'>, needed: readonly string[]): Promise<NewestRun | undefined> {
  const orchestrator = await workspace.orchestrator();
  for (const { run, steps } of orchestrator.list().toReversed()) {
    if (run.state !== 'completed') continue;
    const outputs = Object.values(steps).flatMap(({ output }) => (isRecord(output) ? [output] : []));
    const output = (name: string): unknown => outputs.find((one) => Object.hasOwn(one, name))?.[name];
    if (needed.some((name) => output(name) === undefined || output(name) === null)) continue;
    return {
      runId: run.id,
      asOf: run.asOf,
      output,
      ref: (name) => refSchema.safeParse(output(name)).data,
      configOf: (skill) => {
        const planned: unknown = isRecord(run.definition) ? run.definition['steps'] : undefined;
        const found = Array.isArray(planned) ? planned.find((step: unknown) => isRecord(step) && step['skill'] === skill) : undefined;
        return isRecord(found) && isRecord(found['config']) ? found['config'] : undefined;
      },
    };
  }
  return undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
