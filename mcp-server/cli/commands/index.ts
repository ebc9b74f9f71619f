/** Every command, in the order in which help lists them: the order in which a person meets them. */
import type { CommandSpec } from '../command-spec.ts';
import { anchor } from './anchor.ts';
import { approve } from './approve.ts';
import { cadence } from './cadence.ts';
import { champions } from './champions.ts';
import { clv } from './clv.ts';
import { cohorts } from './cohorts/index.ts';
import { consents } from './consents.ts';
import { correct, redact, restoreCheck } from './correct.ts';
import { custody } from './custody.ts';
import { doctor } from './doctor.ts';
import { erase } from './erase.ts';
import { experiments } from './experiments.ts';
import { features } from './features.ts';
import { gate } from './gate/index.ts';
import { graph } from './graph.ts';
import { holds } from './holds.ts';
import { ingest } from './ingest.ts';
import { init } from './init.ts';
import { keys } from './keys.ts';
import { verify } from './ledger-commands.ts';
import { ledger } from './ledger.ts';
import { mcp } from './mcp.ts';
import { outbox } from './outbox.ts';
import { override } from './override.ts';
import { people } from './people.ts';
import { lint, plan, test } from './pipeline-commands.ts';
import { quickstart } from './quickstart.ts';
import { registry } from './registry.ts';
import { replay } from './replay.ts';
import { reproduce } from './reproduce.ts';
import { requests } from './requests/index.ts';
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
  keys,
  tune,
  train,
  approve,
  champions,
  reproduce,
  experiments,
  scoreRun,
  retention,
  requests,
  erase,
  holds,
  correct,
  redact,
  restoreCheck,
  outbox,
  verify,
  anchor,
  ledger,
  override,
  custody,
  replay,
  clv,
  mcp,
  serve,
  doctor,
];
