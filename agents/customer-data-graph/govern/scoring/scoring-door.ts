/** Scoring, watching and retention behind the agent's interface. */
import type { Workspace } from '../../workspace.ts';
import { purge } from '../retention/purge.ts';
import { readRecords } from './score-records.ts';
import { scoreRun } from './score-run.ts';
import type { ScoringDoor } from './scoring-interface.ts';
import { trustedManifest } from './trusted-manifest.ts';

export function scoringDoor(workspace: Workspace): ScoringDoor {
  return {
    scoreRun: (request, context) => scoreRun(workspace, request, context),
    scoreRecords: async () => readRecords(workspace.paths.directory),
    retention: async (isPurge) => {
      await trustedManifest(workspace);
      return purge(workspace, isPurge);
    },
  };
}
