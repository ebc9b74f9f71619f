/**
 * Disparate impact as the doors see it: import, audit, sign off, erase. The only place that opens the store of protected attributes, and
 * only for as long as one of these takes.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { residenceOf } from '../../../skills/gate/core/jurisdiction.ts';
import { canonicalJson, CohortiumError, sha256 } from '../../../skills/sdk/index.ts';
import {
  type AttributeRow,
  type FairnessStore,
  hasFairnessStore,
  openFairnessStore,
  type ProxyRow,
} from '../../adapters/sqlite/fairness-store.ts';
import { signerOf } from '../govern/models/people.ts';
import type { Workspace } from '../workspace.ts';
import { loggedAudits, signedMessage, writeAudit, type WrittenAudit, writeSignature } from './audit-log.ts';
import { computeAudit } from './compute-audit.ts';
import { type DecidedRun, newestDecidedRun } from './decided-run.ts';
import type { FairnessAuditSummary, FairnessDoor, FairnessImport, FairnessImportReport } from './fairness-interface.ts';
import { readDeclared, readEstimated, readProxies } from './read-import.ts';
import { reportFiles } from './write-report.ts';

type FairnessPlace = Pick<Workspace, 'paths' | 'config' | 'clock' | 'content' | 'orchestrator' | 'warehouse' | 'records' | 'isWritable'>;

/** Kind of the records that the ledger keeps of audits. */
const recordKind = 'fairness-audit';

export function fairnessDoor(place: FairnessPlace): FairnessDoor {
  const { paths, config, clock } = place;
  const withStore = <Result>(use: (store: FairnessStore) => Result): Result => {
    const store = openFairnessStore(paths.state);
    try {
      return use(store);
    } finally {
      store.close();
    }
  };
  const summaries = (): readonly FairnessAuditSummary[] => loggedAudits(paths).map((audit) => ({ ...audit, isNew: false }));

  return {
    importAttributes: async (request) => {
      refuseEmpty(request);
      const day = new Date(clock.now()).toISOString().slice(0, 10);
      const source = { provenance: request.provenance, legalBasis: request.legalBasis, importedOn: day };
      if (request.kind === 'proxy') {
        const { rows, columns } = readProxies(request.file);
        return withStore((store) =>
          reportOf(
            rows,
            [...columns].map(([attribute, own]) => ({
              name: attribute,
              groups: [],
              ...store.importProxy({ ...source, attribute, digest: digestOfRows(own) }, own),
            })),
          ),
        );
      }
      if (request.kind === 'declared') {
        const { rows, columns } = readDeclared(request.file);
        return withStore((store) =>
          reportOf(
            rows,
            [...columns].map(([attribute, own]) => {
              const kept = store.importAttribute({ ...source, attribute, kind: 'declared', digest: digestOfRows(own) }, own);
              return { name: attribute, groups: namesOf(own), ...kept };
            }),
          ),
        );
      }
      const { tables } = request;
      if (!tables)
        throw new CohortiumError(
          'ARGUMENT_INVALID',
          'to estimate groups, a table of surnames, one of places and the name of the attribute are needed',
        );
      const mayEstimate = request.euLegalBasis === undefined ? await outsideEu(place) : () => true;
      const { rows, unmatched, refusedEu, groups } = readEstimated(request.file, tables, mayEstimate);
      const legalBasis =
        request.euLegalBasis === undefined ? request.legalBasis : `${request.legalBasis}; in the EU: ${request.euLegalBasis}`;
      const estimated = {
        ...source,
        legalBasis,
        attribute: tables.attribute,
        kind: 'estimated' as const,
        digest: digestOfRows(groups),
      };
      const kept = withStore((store) => store.importAttribute(estimated, groups));
      return { ...reportOf(rows, [{ name: tables.attribute, groups: namesOf(groups), ...kept }]), unmatched, refusedEu };
    },
    audit: async () => {
      const { fairness } = config.gate;
      if (fairness.uses.length === 0)
        throw new CohortiumError(
          'FAIRNESS_NOT_READY',
          'cohortium.yaml names no use under gate: fairness: uses:, so there is nothing to audit',
        );
      if (!hasFairnessStore(paths.state))
        throw new CohortiumError(
          'FAIRNESS_NOT_READY',
          "no protected attribute was imported; 'cohortium gate fairness import' takes a file",
        );
      const run = await newestDecidedRun(place);
      refuseUndecided(fairness.uses, run);
      const known = withStore((store) => ({
        attributes: store.sources().map((source) => ({ source: sourceOf(source), rows: store.attributeRows(source.attribute) })),
        proxies: store.proxies().map((source) => ({ source: sourceOf(source), rows: store.proxyRows(source.attribute) })),
      }));
      const wanted = fairness.attributes.map(({ name }) => name);
      const attributes = known.attributes.filter(({ source }) => wanted.length === 0 || wanted.includes(source.attribute));
      refuseMissing(wanted, attributes, known.attributes);
      const inputs = {
        run: run.digest,
        asOf: run.asOf,
        merchant: config.merchant,
        fairness,
        attributes: attributes.map(asAudited),
        proxies: known.proxies.map(asAudited),
      };
      const audit = `${run.asOf}-${sha256(canonicalJson(inputs)).slice(0, 12)}`;
      const document = computeAudit({ audit, merchant: config.merchant, run, config: fairness, attributes, proxies: known.proxies });
      const files = reportFiles(document);
      const folder = join('fairness', audit);
      mkdirSync(join(paths.directory, folder), { recursive: true });
      for (const { name, text } of files) writeFileSync(join(paths.directory, folder, name), text);
      const written: WrittenAudit = {
        audit,
        asOf: run.asOf,
        runId: run.id,
        report: sha256(files[0]?.text ?? ''),
        folder,
        uses: document.uses.map(({ summary }) => summary),
      };
      await recordAudit(place, written);
      const isNew = writeAudit(paths, written, clock.now());
      const signedBy = loggedAudits(paths).find((one) => one.audit === audit)?.signedBy ?? [];
      return { summary: { ...written, signedBy, isNew }, document, files: files.map(({ name }) => join(folder, name)) };
    },
    signOff: async (audit, by) => {
      const found = loggedAudits(paths).find((one) => one.audit === audit);
      if (!found) throw new CohortiumError('FAIRNESS_NOT_READY', `there is no audit '${audit}'; 'cohortium gate fairness show' lists them`);
      const { person, sign } = signerOf(paths, by);
      const { signers } = config.gate.fairness;
      if (!person.roles.some((role) => signers.includes(role)))
        throw new CohortiumError(
          'REVIEW_REFUSED',
          `${by} has ${person.roles.length === 0 ? 'no role' : `the roles ${person.roles.join(', ')}`}; an audit is signed off by one of: ${signers.join(', ')}. 'cohortium people roles ${by} --role ${signers[0]}' gives one`,
        );
      const signature = sign(signedMessage(found));
      writeSignature(paths, audit, { by, report: found.report, signature }, clock.now());
      return { ...found, signedBy: [...found.signedBy.filter((id) => id !== by), by], isNew: false };
    },
    show: async () => {
      if (!hasFairnessStore(paths.state)) return { attributes: [], audits: summaries().toReversed() };
      const attributes = withStore((store) => [
        ...store.sources(),
        ...store.proxies().map((source) => ({ ...source, kind: 'proxy' as const })),
      ]).map(({ attribute, kind, customers, provenance, legalBasis, importedOn }) => ({
        name: attribute,
        kind,
        customers,
        provenance,
        legalBasis,
        importedOn,
      }));
      return { attributes, audits: summaries().toReversed() };
    },
    eraseCustomer: async (customer) => (hasFairnessStore(paths.state) ? withStore((store) => store.erase(customer)) : 0),
  };
}

function refuseEmpty({ provenance, legalBasis }: FairnessImport): void {
  if (provenance.trim() !== '' && legalBasis.trim() !== '') return;
  throw new CohortiumError(
    'ARGUMENT_INVALID',
    'protected attributes are kept with where they come from and on what legal basis; both must be said',
  );
}

/** Who is known to live elsewhere; of nobody else are groups estimated without a basis for it. @see GDPR art. 9 */
async function outsideEu(place: FairnessPlace): Promise<(customer: string) => boolean> {
  const run = await newestDecidedRun(place);
  if (!run.snapshot) return () => false;
  const declared = await place.warehouse().declaredAt(run.snapshot, run.asOf, { signal: new AbortController().signal });
  return (customer) => {
    const { country } = residenceOf(declared.get(customer)?.attributes.get('residency') ?? '');
    return country !== '' && country !== 'EU';
  };
}

function refuseUndecided(uses: readonly { readonly purpose: string; readonly sink: string }[], run: DecidedRun): void {
  const missing = uses.find(({ purpose, sink }) => run.passedFor(purpose, sink) === null);
  if (!missing) return;
  const known = run.uses.map(({ purpose, sink }) => `${purpose} at ${sink}`).join(', ');
  throw new CohortiumError(
    'FAIRNESS_NOT_READY',
    `run ${run.id} did not decide ${missing.purpose} at ${missing.sink}; it decided ${known}. Name one of these in cohortium.yaml, or add the use to the gate step and run again`,
  );
}

function refuseMissing(
  wanted: readonly string[],
  found: readonly { readonly source: { readonly attribute: string } }[],
  known: readonly { readonly source: { readonly attribute: string } }[],
): void {
  const missing = wanted.find((name) => !found.some(({ source }) => source.attribute === name));
  if (missing !== undefined || found.length === 0)
    throw new CohortiumError(
      'FAIRNESS_NOT_READY',
      `${missing === undefined ? 'no protected attribute was imported' : `attribute '${missing}' was not imported`}; there are: ${known.map(({ source }) => source.attribute).join(', ') || 'none'}`,
    );
}

function sourceOf<Source extends { readonly attribute: string; readonly customers: number }>(source: Source) {
  const { customers: _customers, ...rest } = source;
  return rest;
}

/** Of what is there now: who was erased since the import is in no audit, which makes it another one. */
function asAudited<Source extends object>({
  source,
  rows,
}: {
  readonly source: Source;
  readonly rows: readonly (AttributeRow | ProxyRow)[];
}) {
  return { ...source, rows: digestOfRows(rows) };
}

/** Row by row, for files of millions. */
function digestOfRows(rows: readonly (AttributeRow | ProxyRow)[]): string {
  const hash = createHash('sha256');
  for (const row of rows)
    hash.update(`${JSON.stringify('group' in row ? [row.customer, row.group, row.weight] : [row.customer, row.value])}
`);
  return hash.digest('hex');
}

function namesOf(rows: readonly { readonly group: string }[]): readonly string[] {
  return [...new Set(rows.map(({ group }) => group))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function reportOf(
  rows: number,
  imported: readonly { readonly name: string; readonly groups: readonly string[]; readonly customers: number; readonly erased: number }[],
): FairnessImportReport {
  return {
    attributes: imported.map(({ name, customers, groups }) => ({ name, customers, groups })),
    rows,
    erased: Math.max(0, ...imported.map(({ erased }) => erased)),
    unmatched: 0,
    refusedEu: 0,
  };
}

/** So that it can be shown later when an audit was made and what it said; once for the same audit. */
async function recordAudit({ records }: FairnessPlace, audit: WrittenAudit): Promise<void> {
  const body = {
    audit: audit.audit,
    asOf: audit.asOf,
    run: audit.runId,
    report: audit.report,
    outcomes: audit.uses.map(({ purpose, sink, outcome }) => ({ purpose, sink, outcome })),
  };
  const stream = `${audit.audit} ${audit.report}`;
  await records().write([{ kind: recordKind, stream, subject: null, body }], `${recordKind} ${stream}`);
}
