/** Every command, in the order in which help lists them: the order in which a person meets them. */
import type { CommandSpec } from '../command-spec.ts';
import { approve } from './approve.ts';
import { cadence } from './cadence.ts';
import { champions } from './champions.ts';
import { clv } from './clv.ts';
import { cohorts } from './cohorts/index.ts';
import { consents } from './consents.ts';
import { doctor } from './doctor.ts';
import { experiments } from './experiments.ts';
import { features } from './features.ts';
import { gate } from './gate/index.ts';
import { graph } from './graph.ts';
import { ingest } from './ingest.ts';
import { init } from './init.ts';
import { replay, verify } from './ledger-commands.ts';
import { mcp } from './mcp.ts';
import { outbox } from './outbox.ts';
import { people } from './people.ts';
import { lint, plan, test } from './pipeline-commands.ts';
import { quickstart } from './quickstart.ts';
import { registry } from './registry.ts';
import { reproduce } from './reproduce.ts';
import { retention } from './retention.ts';
import { run, runs } from './run-commands.ts';
import { schedules } from './schedules.ts';
import { scoreRun } from './score-run.ts';
import { serve } from './serve.ts';
import { signals } from './signals.ts';
import { simulate } from './simulate.ts';
import { train } from './train.ts';
import { tune } from './tune.ts';
import { explain, score } from './value-commands.ts';

export const commands: readonly CommandSpec[] = [
  quickstart,
  init,
  simulate,
  ingest,
  signals,
  graph,
  consents,
  lint,
  plan,
  test,
  registry,
  features,
  run,
  runs,
  schedules,
  cadence,
  cohorts,
  score,
  explain,
  gate,
  people,
  tune,
  train,
  approve,
  champions,
  reproduce,
  experiments,
  scoreRun,
  retention,
  outbox,
  verify,
  replay,
  clv,
  mcp,
  serve,
  doctor,
];
