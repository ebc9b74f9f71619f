/** The agent over one operator directory: all that its doors can ask of it, put together from its parts. */
import { cadenceDoor } from './cadence/cadence-door.ts';
import { cohortDoor } from './cohorts/cohort-door.ts';
import { consentDoor } from './consents/consent-door.ts';
import { deliveryDoor } from './delivery-door.ts';
import { runDoctor } from './doctor.ts';
import { experimentDoor } from './experiments/experiment-door.ts';
import { featureDoor } from './features/export-windows.ts';
import { gateDoor } from './gate/gate-door.ts';
import { modelDoor } from './govern/govern-door.ts';
import { scoringDoor } from './govern/scoring/scoring-door.ts';
import { graphDoor } from './graph/graph-door.ts';
import type { EventIntake } from './ingest/event-intake-interface.ts';
import { openWorkspaceIntake } from './ingest/event-intake.ts';
import { signalDoor } from './ingest/signal-door.ts';
import type { CustomerDataGraph } from './interface.ts';
import { membershipDoor } from './membership-door.ts';
import { registryDoor } from './registries/registry-door.ts';
import { runDoor } from './run-door.ts';
import { scheduleDoor } from './schedules/schedule-door.ts';
import { valueDoor } from './value-door.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

/**
 * Opens an operator directory.
 * @throws {CohortiumError} CONFIG_NOT_FOUND, CONFIG_INVALID; STORE_BUSY when another process writes to it
 */
export async function openAgent(directory: string, options: WorkspaceOptions = {}): Promise<CustomerDataGraph> {
  return agentOver(openWorkspace(directory, options));
}

/** The agent over a workspace that the caller keeps a hand on. */
export function agentOver(workspace: Workspace): CustomerDataGraph {
  const { currency } = workspace.config;
  let intake: EventIntake | undefined;
  const agent: Omit<CustomerDataGraph, 'doctor' | 'schedules'> = {
    directory: workspace.paths.directory,
    currency,
    graph: graphDoor(workspace),
    consents: consentDoor(workspace),
    gate: gateDoor(workspace),
    models: modelDoor(workspace),
    experiments: experimentDoor(workspace),
    cadence: cadenceDoor(workspace),
    scoring: scoringDoor(workspace),
    intake: () => (intake ??= openWorkspaceIntake(workspace)),
    ...signalDoor(workspace),
    ...runDoor(workspace),
    ...cohortDoor(workspace),
    ...registryDoor(workspace),
    ...featureDoor(workspace),
    ...valueDoor(workspace),
    ...membershipDoor(workspace),
    ...deliveryDoor(workspace),
    verify: async () => workspace.ledger().verify(),
    proof: async (index) => workspace.ledger().proof(index),
    close: async () => {
      await intake?.settle();
      await workspace.close();
    },
  };
  const schedules = scheduleDoor(workspace, agent);
  return { ...agent, schedules, doctor: () => runDoctor(workspace, { ...agent, schedules }) };
}
