/** Checks an operator directory part by part; every check says what it found and, when it is not well, what to do. */
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { CohortiumError, formatDiagnostic, isCohortiumError, systemRefusal } from '../../skills/sdk/index.ts';
import { vaultPath } from '../adapters/vault/vault.ts';
import { signalHealth } from './ingest/signal-door.ts';
import type { CustomerDataGraph, DoctorReport } from './interface.ts';
import { describeAnchors } from './record/anchors/anchor-status.ts';
import { formatCount, shortDigest } from './report/format-number.ts';
import type { Workspace } from './workspace.ts';

type Check = DoctorReport['checks'][number];

export async function runDoctor(
  workspace: Workspace,
  agent: Pick<CustomerDataGraph, 'lint' | 'verify' | 'schedules'>,
): Promise<DoctorReport> {
  const { paths, config } = workspace;
  const checks: Check[] = [];
  const check = async (name: string, work: () => Promise<string> | string): Promise<void> => {
    try {
      checks.push({ name, ok: true, found: await work(), help: '' });
    } catch (thrown) {
      const error = systemRefusal(thrown) ?? thrown;
      const details = isCohortiumError(error) ? error.diagnostics.map(formatDiagnostic) : [];
      const message = error instanceof Error ? error.message : String(error);
      checks.push({
        name,
        ok: false,
        found: [message, ...details.filter((detail) => !message.includes(detail))].join('; '),
        help: isCohortiumError(error) ? error.help : 'Please report it.',
      });
    }
  };
  await check('Node', () => process.version);
  await check('cohortium.yaml', () => `${config.merchant}, ${config.currency}, ${config.clock.kind} clock, ${config.keys.kind} keys`);
  await check('skills', async () => [...(await workspace.skills()).values()].map(({ id, version }) => `${id}@${version}`).join(', '));
  await check('pipelines and policies', async () => {
    const diagnostics = await agent.lint([]);
    const [first] = diagnostics;
    if (first) throw new CohortiumError(first.code, `${diagnostics.length} fault(s)`, { diagnostics });
    return `no faults, ${(await workspace.policies().session()).bundle.rules.length} rules`;
  });
  await check(
    'subscribers',
    () =>
      workspace
        .subscribers()
        .map(({ id }) => id)
        .join(', ') || 'none',
  );
  await check('keys', () => {
    const { vaultKeys } = workspace.keys();
    if (existsSync(vaultPath(paths.state)) && !vaultKeys.exists()) vaultKeys.current(); // says what is gone
    return `mode ${(statSync(join(paths.state, 'keys')).mode & 0o777).toString(8)}`;
  });
  await check('signals', () => {
    const { inbox, quarantined } = workspace.eventLog().counts();
    return `${formatCount(inbox)} in the inbox, ${formatCount(quarantined)} in quarantine`;
  });
  await checkIngest(workspace, checks, check);
  await check('deliveries', () => {
    const { acknowledged, pending, dead } = workspace.outbox().counts();
    if (dead > 0) throw new CohortiumError('EMISSION_REJECTED', `${dead} dead letters; cohortium outbox lists them`);
    return `${formatCount(acknowledged)} acknowledged, ${formatCount(pending)} pending`;
  });
  await check('schedules', async () => {
    const schedules = await agent.schedules.list(1);
    const failed = schedules.find(({ last }) => last?.state === 'failed')?.last;
    if (failed?.error)
      throw new CohortiumError('RUN_FAILED', `${failed.schedule}, ${failed.due.utc}: ${failed.error.code}: ${failed.error.message}`);
    return (
      schedules.map(({ id, next: [next], isPaused }) => `${id} ${isPaused ? 'paused' : (next?.utc ?? 'never again')}`).join(', ') || 'none'
    );
  });
  await check('ledger', async () => {
    const { verified, size, root, faults } = await agent.verify();
    if (!verified) throw new CohortiumError('LEDGER_ROOT_MISMATCH', faults.map(({ code, message }) => `${code}: ${message}`).join('; '));
    return `${formatCount(size)} records, root ${shortDigest(root)}`;
  });
  await check('anchors', () => describeAnchors(workspace));
  return { ok: checks.every(({ ok }) => ok), checks };
}

/** Alerts of the last day: all are named, and a critical one is not well. */
async function checkIngest(
  workspace: Workspace,
  checks: Check[],
  check: (name: string, work: () => string) => Promise<void>,
): Promise<void> {
  let isWell = true;
  await check('ingest', () => {
    const { alerts } = signalHealth(workspace, 24);
    isWell = alerts.every(({ severity }) => severity !== 'critical');
    const named = alerts.map(({ rule, about }) => `${rule} of ${'type' in about ? about.type || 'no type' : about.source}`);
    return named.length === 0 ? 'no alerts' : `${named.length} alert(s): ${named.join(', ')}`;
  });
  const last = checks.at(-1);
  if (!isWell && last)
    checks[checks.length - 1] = { ...last, ok: false, help: 'Run `cohortium signals health`: it says what was found and what to do.' };
}
