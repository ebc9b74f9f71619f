/** The agent over one operator directory: all that its doors can ask of it, put together from its parts. */
import { cadenceDoor } from './cadence/cadence-door.ts';
import { cohortDoor } from './cohorts/cohort-door.ts';
import { consentDoor } from './consents/consent-door.ts';
import { deliveryDoor } from './delivery-door.ts';
import { runDoctor } from './doctor.ts';
import { erasureDoor } from './erasure/erasure-door.ts';
import { executeRetention } from './erasure/execute-retention.ts';
import { settleErasures } from './erasure/settle-erasures.ts';
import { experimentDoor } from './experiments/experiment-door.ts';
import { explainDoor } from './explain/explain-door.ts';
import { featureDoor } from './features/export-windows.ts';
import { gateDoor } from './gate/gate-door.ts';
import { modelDoor } from './govern/govern-door.ts';
import { scoringDoor } from './govern/scoring/scoring-door.ts';
import { graphDoor } from './graph/graph-door.ts';
import type { EventIntake } from './ingest/event-intake-interface.ts';
import { openWorkspaceIntake } from './ingest/event-intake.ts';
import { signalDoor } from './ingest/signal-door.ts';
import type { CustomerDataGraph } from './interface.ts';
import { keyDoor } from './keys/key-door.ts';
import { membershipDoor } from './membership-door.ts';
import { anchorDoor } from './record/anchors/anchor-door.ts';
import { anchorChecks } from './record/anchors/deep-checks.ts';
import { attestationCheck } from './record/check-attestations.ts';
import { custodyDoor } from './record/custody-door.ts';
import { ledgerDoor } from './record/ledger-door.ts';
import { registryDoor } from './registries/registry-door.ts';
import { replayDoor } from './replay/replay-door.ts';
import { requestDoor } from './requests/request-door.ts';
import { runDoor } from './run-door.ts';
import { scheduleDoor } from './schedules/schedule-door.ts';
import { valueDoor } from './value-door.ts';
import { openWorkspace, type Workspace, type WorkspaceOptions } from './workspace.ts';

/**
 * Opens an operator directory.
 * @throws {CohortiumError} CONFIG_NOT_FOUND, CONFIG_INVALID; STORE_BUSY when another process writes to it; ERASURE_INCOMPLETE
 */
export async function openAgent(directory: string, options: WorkspaceOptions = {}): Promise<CustomerDataGraph> {
  const workspace = openWorkspace(directory, options);
  const agent = agentOver(workspace);
  try {
    await settleErasures(workspace, agent.erasure);
  } catch (error) {
    await workspace.close();
    throw error;
  }
  return agent;
}

/** The agent over a workspace that the caller keeps a hand on. */
export function agentOver(workspace: Workspace): CustomerDataGraph {
  const { currency } = workspace.config;
  const values = valueDoor(workspace);
  let intake: EventIntake | undefined;
  const agent: Omit<CustomerDataGraph, 'doctor' | 'schedules'> = {
    directory: workspace.paths.directory,
    currency,
    graph: graphDoor(workspace),
    consents: consentDoor(workspace),
    gate: gateDoor(workspace, () => agent.requests.endDecided()),
    keys: keyDoor(workspace),
    requests: requestDoor(workspace, () => agent),
    erasure: erasureDoor(workspace, {
      settle: async () => intake?.settle(),
      eraseAttributes: (customer) => agent.gate.fairness.eraseCustomer(customer),
    }),
    executeRetention: (by, today) => executeRetention(workspace, agent, by, today),
    models: modelDoor(workspace),
    experiments: experimentDoor(workspace),
    cadence: cadenceDoor(workspace),
    scoring: scoringDoor(workspace),
    intake: () => (intake ??= openWorkspaceIntake(workspace)),
    replays: replayDoor(workspace),
    anchors: anchorDoor(workspace),
    ledger: ledgerDoor(workspace),
    ...signalDoor(workspace),
    ...runDoor(workspace),
    ...cohortDoor(workspace),
    ...registryDoor(workspace),
    ...featureDoor(workspace),
    ...values,
    ...explainDoor(workspace, values.value),
    ...membershipDoor(workspace),
    ...deliveryDoor(workspace),
    ...custodyDoor(workspace),
    verify: async (level) =>
      level === 'deep'
        ? workspace.ledger().verifyDeep([...anchorChecks(workspace), attestationCheck(workspace)])
        : workspace.ledger().verify(level),
    proof: async (index, item) => workspace.ledger().proof(index, item),
    close: async () => {
      await intake?.settle();
      await workspace.close();
    },
  };
  const schedules = scheduleDoor(workspace, agent);
  return { ...agent, schedules, doctor: () => runDoctor(workspace, { ...agent, schedules }) };
}
