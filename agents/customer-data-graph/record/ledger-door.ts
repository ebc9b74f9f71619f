/**
 * Makes proof files and publications from the ledger of a workspace, and lets a person go on when the disk is full. What it hands out
 * names nobody unless it is told to.
 */
import { type FieldOrCommitment, verifyCheckpoint } from '../../../skills/audit/verify/verify.ts';
import { canonicalJson, CohortiumError } from '../../../skills/sdk/index.ts';
import { commitToField, openBody } from '../../adapters/sqlite/ledger/seal-body.ts';
import type { Workspace } from '../workspace.ts';
import { handOf, signAct } from './attest-act.ts';
import type { LedgerDoor } from './ledger-door-interface.ts';
import { freeBytes, releaseReserve, reservedBytes } from './ledger-reserve.ts';
import { writeGrowthFile, writeProofFile } from './proof-file.ts';
import { publishTiles } from './publish-tiles.ts';
import type { RecordPlace } from './record-interface.ts';

export function ledgerDoor(workspace: Pick<Workspace, 'ledger' | 'vault' | 'keys' | 'records' | 'clock' | 'paths' | 'config'>): LedgerDoor {
  return {
    proofFile: async (place, show = []) => {
      const { ledger } = workspace;
      return writeProofFile(ledger().proof(place.index, place.item), show.length === 0 ? undefined : disclose(workspace, place, show));
    },
    growthFile: async (olderCheckpoint) => {
      const keys = workspace.keys().verifierKeys.map(({ key }) => key);
      const older = verifyCheckpoint(olderCheckpoint, keys.join('\n'));
      if (!older.holds) throw new CohortiumError('ARGUMENT_INVALID', `the older checkpoint: ${older.reason}`);
      return workspace.ledger().withTiles((source) => {
        if (older.size > source.size) {
          const message = `the ledger holds ${source.size} leaves, the older checkpoint is of ${older.size}: an older copy was put back; restore the newest one`;
          throw new CohortiumError('LEDGER_ROLLED_BACK', message, { detail: { size: source.size, anchored: older.size } });
        }
        if (Buffer.from(source.rootAt(older.size), 'base64').toString('hex') !== older.root) {
          const message = `the ledger did not grow out of the older checkpoint of ${older.size} leaves: history was rewritten; restore the ledger`;
          throw new CohortiumError('LEDGER_ROOT_MISMATCH', message);
        }
        return writeGrowthFile({ from: older.size, path: source.growthFrom(older.size), checkpoint: source.checkpoint });
      });
    },
    override: async ({ person, reason }) => {
      if (person.trim() === '' || reason.trim() === '') {
        throw new CohortiumError('ARGUMENT_INVALID', 'an override needs the person who decides it and the reason; nothing was given back');
      }
      const hand = handOf(workspace, 'override', person);
      const { state } = workspace.paths;
      const keptBytes = reservedBytes(state);
      // Where as much is free as would be given back, nothing is full.
      if (keptBytes > 0 && freeBytes(state) >= keptBytes) {
        const message = `the disk has ${freeBytes(state)} bytes free; nothing was given back: run again what stopped`;
        throw new CohortiumError('ARGUMENT_INVALID', message);
      }
      const freedBytes = releaseReserve(state);
      if (freedBytes === 0) {
        throw new CohortiumError('ARGUMENT_INVALID', 'no room is kept for the ledger, or it was given back before; free space on the disk');
      }
      const time = new Date(workspace.clock.now()).toISOString();
      const body = { person, reason, freedBytes, time };
      const said = await signAct(workspace, hand, { kind: 'override', stream: time, subject: null, body, rationale: reason });
      const [place] = await workspace.records().write([said], `override ${time}`);
      return { index: place?.index ?? -1, item: place?.item ?? null, freedBytes };
    },
    publish: async (folder) => workspace.ledger().withTiles((source) => publishTiles(source, folder)),
  };
}

/** Every field of a body: those asked for with their salts, the others as their commitments. */
function disclose(
  { ledger, vault }: Pick<Workspace, 'ledger' | 'vault'>,
  place: RecordPlace,
  show: readonly string[],
): FieldOrCommitment[] {
  const { kid, leaf, sealed } = ledger().at(place);
  const key = sealed && vault().key(kid);
  if (!sealed || !key)
    throw new CohortiumError('ARGUMENT_INVALID', `the body of record ${place.index} was erased; nothing of it can be shown`);
  const { fields, salts, redacted } = openBody(sealed, leaf.kind, { kid, key });
  const names = [...Object.keys(fields), ...Object.keys(redacted)].sort();
  for (const name of show) {
    if (Object.hasOwn(fields, name)) continue;
    const known = Object.keys(fields).sort().join(', ');
    throw new CohortiumError('ARGUMENT_INVALID', `record ${place.index} has no field '${name}' that can be shown; it has: ${known}`);
  }
  return names.map((name) => {
    const value = fields[name];
    const salt = salts[name];
    if (value === undefined || salt === undefined) return redacted[name] ?? '';
    return show.includes(name) ? { name, salt: salt.toString('hex'), value } : commitToField(salt, name, canonicalJson(value));
  });
}
