/** The gate's door, put together from its parts. */
import { counselDoor } from '../counsel/counsel-door.ts';
import { examplesOf } from '../counsel/example-customers.ts';
import { fairnessDoor } from '../fairness/fairness-door.ts';
import { contestOf } from '../requests/human-review/contest-of.ts';
import type { Workspace } from '../workspace.ts';
import { decisionDoor } from './decision-door.ts';
import { engineDoor } from './engines/engine-door.ts';
import type { GateDoor } from './gate-interface.ts';
import { lawDoor } from './law-door.ts';
import { noticeDoor } from './notices/notice-door.ts';
import { overlayDoor } from './overlays/overlay-door.ts';
import { retentionDoor } from './retention/retention-door.ts';
import { worksheetDoor } from './worksheet/worksheet-door.ts';

/** @param endDecided ends requests of persons whose contested decision counsel has looked at */
export function gateDoor(workspace: Workspace, endDecided: () => Promise<unknown>): GateDoor {
  const counsel = counselDoor(workspace, (review) => examplesOf(workspace, review), {
    contestOf: (request) => contestOf(workspace.requests(), request),
    endDecided,
  });
  const fairness = fairnessDoor(workspace);
  return {
    ...decisionDoor(workspace),
    ...lawDoor(workspace),
    ...engineDoor(workspace),
    ...overlayDoor(workspace),
    ...noticeDoor(workspace),
    ...counsel,
    fairness,
    ...worksheetDoor(workspace),
    ...retentionDoor(workspace, { reviews: () => counsel.reviews('all'), audits: async () => (await fairness.show()).audits }),
  };
}
