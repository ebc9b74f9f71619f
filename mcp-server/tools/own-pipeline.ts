/**
 * What a caller of a tool may name as a pipeline: files of the operator directory. A person at the command line may name any
 * file; a model must not, or it could run what somebody put elsewhere on this machine, or read files through error messages.
 */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';

import { CohortiumError } from '../../skills/sdk/index.ts';

/**
 * @param directory operator directory
 * @param pipeline path from it, or from its pipelines/
 * @returns the path, unchanged; whether there is such a file is for the agent to say
 * @throws {CohortiumError} PIPELINE_NOT_FOUND when it is, or leads to, a file outside or one of the agent's own
 */
export function ownPipeline(directory: string, pipeline: string): string {
  const isPlain = !isAbsolute(pipeline) && !/^[A-Za-z]:|[\\\0]/.test(pipeline) && !pipeline.split('/').includes('..');
  if (!isPlain) throw refusal(pipeline);
  // The agent also looks from the directory that the server was started in, as the command line wants it.
  const found = [join(directory, pipeline), join(directory, 'pipelines', pipeline), resolve(pipeline)].find((place) => existsSync(place));
  if (found !== undefined && !(isInside(directory, found) && statSync(found).isFile())) throw refusal(pipeline);
  return pipeline;
}

/** Where links lead to is what counts. */
function isInside(directory: string, file: string): boolean {
  if (!existsSync(directory)) return false;
  const path = relative(realpathSync(directory), realpathSync(file));
  return !isAbsolute(path) && !['..', '.cohortium'].includes(path.split(sep)[0] ?? '');
}

function refusal(pipeline: string): CohortiumError {
  return new CohortiumError(
    'PIPELINE_NOT_FOUND',
    `'${pipeline}' is not a pipeline of this operator; name a file by its path in the operator directory, such as pipelines/clv.yaml`,
  );
}
