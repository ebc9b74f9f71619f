/** Runs computed again, walked through, looked at for one customer, and handed over: for the doors. Changes nothing. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { type RecordedRun, recordedRun } from '../../../orchestrator/index.ts';
import { type ContentStore, isCohortiumError, type SkillDefinition } from '../../../skills/sdk/index.ts';
import { createContentStore, type FileContentStore } from '../../adapters/files/content-store.ts';
import { erasureOf } from '../../adapters/files/erased-content.ts';
import type { CallContext } from '../call-context.ts';
import type { Workspace } from '../workspace.ts';
import { checkRecorded } from './check-recorded.ts';
import { codeIdentity } from './code-identity.ts';
import { computeAgain, type ComputeAgainPlace } from './compute-again.ts';
import { type ErasedThings, erasedThings } from './erased-things.ts';
import type { ReplayDoor } from './replay-interface.ts';
import { replayOfRecord } from './replay-of-record.ts';
import { writeRunBundle } from './run-bundle.ts';

export function replayDoor(workspace: Workspace): ReplayDoor {
  const { state } = workspace.paths;
  const segments = join(state, 'segments');
  const recordedOf = (runId: string): RecordedRun => recordedRun(workspace.runStore(), runId);
  const place = async (): Promise<ComputeAgainPlace> => ({
    state,
    content: workspace.content,
    skills: await skillsOf(workspace),
    code: codeIdentity(),
    erasures: await erasuresOf(workspace, segments),
    workFolder: join(state, 'replays'),
  });
  return {
    run: async ({ runId, isPure = false }, context = {}) => computeAgain(await place(), recordedOf(runId), { isPure }, context),
    recorded: async (runId, context = {}) => {
      const { skills, erasures } = await place();
      const content = createContentStore(join(state, 'content'));
      return checkRecorded({ content, skills, erasures, records: () => workspace.records() }, recordedOf(runId), context);
    },
    record: async (record, { isPure = false } = {}, context: CallContext = {}) => {
      const runs = workspace.runStore().runs().toReversed();
      return replayOfRecord(
        await place(),
        runs.map(
          ({ id }) =>
            () =>
              recordedOf(id),
        ),
        record,
        { isPure },
        context,
      );
    },
    export: async (runId, file) => {
      const { erasures } = await place();
      return writeRunBundle({ content: workspace.content, segments, erasures }, recordedOf(runId), file);
    },
  };
}

async function skillsOf(workspace: Workspace): Promise<ReadonlyMap<string, SkillDefinition>> {
  return workspace.skills();
}

/** The marks of the stores, with the day and the entry of the ledger that says so. */
async function erasuresOf(workspace: Workspace, segments: string): Promise<ErasedThings> {
  const { content } = workspace;
  const entries = existsSync(join(workspace.paths.state, 'ledger.db')) ? await erasureEntries(workspace) : new Map<string, never>();
  return erasedThings({
    content,
    markOf: (digest) => (isFileStore(content) ? content.erasedBy({ digest }) : undefined),
    markOfSegment: (file) => (existsSync(join(segments, file)) ? undefined : erasureOf(join(segments, file))),
    entryOf: (erasure) => entries.get(erasure) ?? null,
  });
}

async function erasureEntries(workspace: Workspace): Promise<ReadonlyMap<string, { readonly day: string; readonly entry: number }>> {
  try {
    const records = await workspace.records().ofKind(['erasure.completed', 'erasure.started']);
    return new Map(
      records.flatMap(({ body, time, index }) => {
        const erasure = body?.['erasure'];
        return typeof erasure === 'string' ? [[erasure, { day: time.slice(0, 10), entry: index }] as const] : [];
      }),
    );
  } catch (error) {
    // A ledger that cannot be read is for `verify` to speak of; the marks say by themselves what was erased.
    if (isCohortiumError(error)) return new Map();
    throw error;
  }
}

function isFileStore(content: ContentStore): content is FileContentStore {
  return 'erasedBy' in content;
}
