/** One model, its proposal and its approval, and everything that a hand can do to their files. */
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { canonicalJson, sha256 } from '../../../../skills/sdk/index.ts';
import { configureModels, modelTree, trainedShop, withAgent } from '../../../../test/fixtures/trained-shop.ts';
import { makePersonKey, openPersonKey } from '../../../adapters/files/person-keys.ts';
import { operatorPaths } from '../../config.ts';
import { initOperatorDirectory } from '../../operator-directory.ts';
import type { ModelCard } from '../govern-interface.ts';
import { currentChampion, readManifest } from './manifest.ts';
import type { ManifestEntry, WindowsChange } from './model-interface.ts';
import { propose } from './proposals.ts';
import '../../../../test/property-seed.ts';

const { folder, source, trained, copyOf } = await trainedShop('approved-models');

/** Five months of history in place of six, as ada proposes them. */
function proposedWindows(directory: string): string {
  const file = (name: string) => {
    mkdirSync(join(directory, 'outputs', 'grid_search'), { recursive: true });
    writeFileSync(join(directory, 'outputs', 'grid_search', name), name);
    return { name, sha256: sha256(name) };
  };
  const windows: WindowsChange = {
    before: { historyMonths: 6, predMonths: 4 },
    after: { historyMonths: 5, predMonths: 4 },
    results: file('results.csv'),
    trials: file('trials.jsonl'),
  };
  return propose(operatorPaths(directory), { kind: 'windows', windows }, 'ada', Date.UTC(2026, 1, 1)).id;
}

afterAll(() => rmSync(folder, { recursive: true }));

describe('a trained model', () => {
  it('is a proposal and nothing more', () => {
    expect(existsSync(join(source.proposed, 'models', 'champion_manifest.jsonl'))).toBe(false);
    expect(currentChampion(source.proposed)).toBeUndefined();
    expect(trained.champion).toBeNull();
    // As many bits as keep two changes of one id from being found.
    expect(trained.proposal.id).toMatch(/^champion-[0-9a-f]{32}$/);
  });

  it('lies under the SHA-256 of its bytes, without a person, a time or a machine in it', () => {
    const [name = ''] = readdirSync(join(source.proposed, 'models', 'artefacts'));
    const text = readFileSync(join(source.proposed, 'models', 'artefacts', name), 'utf8');
    expect(name).toBe(`${sha256(text)}.json`);
    expect(trained.card.artefact).toBe(sha256(text));
    for (const word of ['clv_model_', '2026-02-01', process.versions.node, 'Söhne']) expect(text).not.toContain(word);
    // `ada` is also a run of three hexadecimal digits: only the whole word counts.
    expect(text).not.toMatch(/\bada\b/);
  });

  it('says on its card what House-Ware says, and what its numbers were measured on', () => {
    const { card } = trained;
    expect(card).toMatchObject({
      history_months: 6,
      pred_months: 4,
      currency: 'EUR',
      model_id: 'clv_model_20260201T000000Z',
      timestamp: '2026-02-01T00:00:00Z',
    });
    expect(card.baseline_rmse).toBe(card.evaluation.all.rmse.value);
    expect(card.evaluation.origins.map(({ predictedAt }) => predictedAt).at(-1)).toBe(card.training_cutoff);
    // Of 20 months, 6 of history and 4 of outcome leave room for three cut-offs two months apart, and fewer for a model judged on the last.
    expect(card.learnt_origins).toBe(3);
    expect(card.inputs.earlier).toHaveLength(2);
    for (const { cutoff } of card.inputs.earlier) expect(cutoff < card.training_cutoff).toBe(true);
    for (const { trainedAt, earlier } of card.evaluation.origins) for (const cutoff of earlier) expect(cutoff < trainedAt).toBe(true);
    for (const { trainedAt, predictedAt } of card.evaluation.origins) expect(trainedAt < predictedAt).toBe(true);
    expect(card.evaluation.deciles.reduce((sum, { customers }) => sum + customers, 0)).toBe(card.evaluation.all.rows);
    expect(new Set(card.evaluation.slices.map(({ axis }) => axis))).toEqual(new Set(['location', 'channel', 'brand']));
    for (const { metrics } of card.evaluation.slices) expect(metrics.mae.low).toBeLessThanOrEqual(metrics.mae.high);
  });

  it('says how its sums are calibrated, by two ways of counting that agree', () => {
    const { calibration, all, deciles, origins } = trained.card.evaluation;
    const [observed, expected] = deciles.reduce(
      ([actual, predicted], one) => [actual + one.customers * one.actual, predicted + one.customers * one.predicted],
      [0, 0],
    );
    expect(calibration.observedOverExpected?.value).toBeCloseTo(observed / expected, 9);
    expect(calibration.observedOverExpected?.low).toBeLessThan(calibration.observedOverExpected?.value ?? 0);
    expect(calibration.observedOverExpected?.high).toBeGreaterThan(calibration.observedOverExpected?.value ?? 9);
    expect(calibration.lift.reduce((sum, { n }) => sum + n, 0)).toBe(all.rows);
    expect(calibration.lift[0]?.lift).toBeGreaterThan(1.5);
    expect(calibration.lift.at(-1)?.cumulativeShare).toBe(1);
    for (const { observedOverExpected: one, bias } of origins) {
      expect(one?.value).toBeCloseTo(1 / (1 + (bias ?? Number.NaN)), 9);
      expect((one?.high ?? 0) - (one?.low ?? 0)).toBeGreaterThan(0);
    }
  });

  it('ranks customers better than chance, and gets their total about right', () => {
    const { all } = trained.card.evaluation;
    expect(all.gini?.low).toBeGreaterThan(0.2);
    expect(Math.abs(all.bias?.value ?? 1)).toBeLessThan(0.5);
  });

  it('has a CycloneDX 1.7 card whose metrics are those of the card', () => {
    const read = (ending: string): string =>
      readFileSync(join(source.proposed, 'models', 'cards', `${trained.card.model_id}${ending}`), 'utf8');
    const document = JSON.parse(read('.cdx.json')) as {
      specVersion: string;
      serialNumber: string;
      components: {
        type: string;
        hashes: { alg: string; content: string }[];
        modelCard: {
          quantitativeAnalysis: { performanceMetrics: { type: string; value: string; slice?: string; confidenceInterval?: object }[] };
        };
      }[];
    };
    expect(document.specVersion).toBe('1.7');
    expect(document.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const [component] = document.components;
    expect(component?.hashes).toEqual([{ alg: 'SHA-256', content: trained.card.artefact }]);
    const metrics = component?.modelCard.quantitativeAnalysis.performanceMetrics ?? [];
    expect(metrics.find(({ type, slice }) => type === 'rmse' && slice === undefined)?.value).toBe(String(trained.card.baseline_rmse));
    expect(metrics.filter(({ slice }) => slice?.startsWith('location: '))).not.toEqual([]);
    expect(
      metrics.every(
        ({ value, confidenceInterval }) =>
          Number.isFinite(Number(value)) && (confidenceInterval === undefined || Object.keys(confidenceInterval).length === 2),
      ),
    ).toBe(true);
    expect(metrics.filter(({ type }) => type === 'lift')).toHaveLength(10);
    expect(metrics.filter(({ type, slice }) => type === 'observed-over-expected' && slice === undefined)).toHaveLength(1);
    const markdown = read('.md');
    for (const text of [
      trained.card.artefact,
      trained.card.inputs.data.digest,
      trained.card.features.digest,
      trained.card.seed,
      'Test & Söhne',
    ]) {
      expect(markdown).toContain(text);
    }
  });
});

describe('the CycloneDX card', () => {
  const text = readFileSync(join(source.proposed, 'models', 'cards', `${trained.card.model_id}.cdx.json`), 'utf8');
  const faultsOf = async (document: string): Promise<unknown> => new Validation.JsonStrictValidator(Spec.Version.v1dot7).validate(document);

  it('is valid by the official schema of CycloneDX 1.7', async () => {
    expect(await faultsOf(text)).toBeNull();
  });

  it.each([
    ['a metric that is a number', [/"value": "([\d.]+)"/, '"value": $1']],
    ['an unknown key', ['"modelParameters"', '"parameters"']],
    ['a hash that is cut', [/("content": "[0-9a-f]{60})[0-9a-f]{4}"/, '$1"']],
  ] as const)('is refused by it with %s', async (_what, [from, to]) => {
    const edited = text.replace(from, to);
    expect(edited).not.toBe(text);
    expect(await faultsOf(edited)).not.toBeNull();
  });
});

type Approval = readonly [proposal: string, by: string, note: string];

describe('an approval', () => {
  it('is a signed line that names who proposed and who approved, with the views of House-Ware', async () => {
    const [approved] = readManifest(source.approved);
    expect(approved?.entry).toMatchObject({
      index: 0,
      previous: '0'.repeat(64),
      proposedBy: 'ada',
      approvedBy: 'grace',
      note: 'looks good',
      proposal: trained.proposal.id,
    });
    expect(currentChampion(source.approved)).toMatchObject({ modelId: trained.card.model_id, historyMonths: 6, predMonths: 4 });
    const csv = readFileSync(join(source.approved, 'models', 'champion_manifest.csv'), 'utf8');
    expect(csv).toMatch(
      /^model_id,timestamp,code_commit,training_cutoff,history_months,pred_months,hyperparameters,baseline_rmse,baseline_r2,/,
    );
    expect(JSON.parse(readFileSync(join(source.approved, 'models', 'clv_model_latest.metrics.json'), 'utf8'))).toMatchObject({
      baseline_rmse: trained.card.baseline_rmse,
      baseline_r2: trained.card.baseline_r2,
    });
    expect(await withAgent(copyOf('approved'), ({ models }) => models.checkChampions())).toEqual({
      isGood: true,
      entries: 1,
      champions: 1,
      faults: [],
    });
    // The approval, and what the person signed about it.
    expect(await withAgent(copyOf('approved'), (agent) => agent.verify())).toMatchObject({ verified: true, size: 2 });
  });

  it.each([
    ['of the proposer', 'APPROVAL_REFUSED', (): Approval => [trained.proposal.id, 'ada', 'read it']],
    ['of nobody known', 'PERSON_NOT_FOUND', (): Approval => [trained.proposal.id, 'nobody', 'read it']],
    ['of an id that is none', 'ARGUMENT_INVALID', (): Approval => [trained.proposal.id, '../ada', 'read it']],
    ['of a proposal that is none', 'PROPOSAL_NOT_FOUND', (): Approval => [`champion-${'0'.repeat(32)}`, 'grace', 'read it']],
    ['of a kind that nothing waits of', 'PROPOSAL_NOT_FOUND', (): Approval => ['windows', 'grace', 'read it']],
    ['of a path', 'PROPOSAL_NOT_FOUND', (): Approval => ['../../cohortium', 'grace', 'read it']],
    ['without a reason', 'ARGUMENT_INVALID', (): Approval => [trained.proposal.id, 'grace', ' ']],
  ])('%s is refused and leaves everything as it was', async (_what, code, given) => {
    const directory = copyOf('proposed');
    const before = modelTree(directory);
    await expect(withAgent(directory, ({ models }) => models.approve(...given()))).rejects.toMatchObject({ code });
    expect(modelTree(directory)).toBe(before);
  });

  it('counts once: the same proposal again is refused', async () => {
    const directory = copyOf('approved');
    const before = modelTree(directory);
    await expect(withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'mary', 'read it'))).rejects.toMatchObject({
      code: 'PROPOSAL_DECIDED',
      message: expect.stringContaining('grace'),
    });
    expect(modelTree(directory)).toBe(before);
  });

  it('with a key that others can read, or that is not the one in the registry, is refused', async () => {
    const directory = copyOf('proposed');
    const key = (id: string): string => join(directory, '.cohortium', 'keys', `person-${id}.json`);
    const approve = () => withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'grace', 'read it'));
    chmodSync(key('grace'), 0o640);
    await expect(approve()).rejects.toMatchObject({ code: 'LEDGER_KEY_UNSAFE' });
    chmodSync(key('grace'), 0o600);
    writeFileSync(key('grace'), readFileSync(key('mary'), 'utf8').replace('"mary"', '"grace"'));
    await expect(approve()).rejects.toMatchObject({ code: 'LEDGER_KEY_UNSAFE', message: expect.stringContaining('replaced') });
    expect(existsSync(join(directory, 'models', 'champion_manifest.jsonl'))).toBe(false);
  });

  it.each([
    ['the artefact', (card: ModelCard) => `artefacts/${card.artefact}.json`, ['"leaves":12', '"leaves":13']],
    ['the card', (card: ModelCard) => `cards/${card.model_id}.json`, ['"history_months":6', '"history_months":7']],
    ['the CycloneDX card', (card: ModelCard) => `cards/${card.model_id}.cdx.json`, ['"supervised"', '"unsupervised"']],
    ['the Markdown card', (card: ModelCard) => `cards/${card.model_id}.md`, ['out of fold', 'on the training data']],
    ['the proposal', () => `proposals/${trained.proposal.id}.json`, ['"historyMonths":6', '"historyMonths":7']],
    ['who proposed', () => `proposals/${trained.proposal.id}.json`, ['"proposedBy":"ada"', '"proposedBy":"mary"']],
    ['when it was proposed', () => `proposals/${trained.proposal.id}.json`, ['"proposedAt":"2026', '"proposedAt":"2025']],
  ] as const)('of a proposal where %s was edited is refused', async (_what, place, [from, to]) => {
    const directory = copyOf('proposed');
    const file = join(directory, 'models', place(trained.card));
    const text = readFileSync(file, 'utf8');
    expect(text).toContain(from);
    writeFileSync(file, text.replace(from, to));
    const before = modelTree(directory);
    await expect(withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'grace', 'read it'))).rejects.toMatchObject({
      code: 'MODEL_FILE_CHANGED',
    });
    expect(modelTree(directory)).toBe(before);
  });

  it('that was cut short by a crash is finished by the next call', async () => {
    const directory = copyOf('approved');
    for (const view of ['champion_manifest.csv', 'clv_model_latest.metrics.json']) rmSync(join(directory, 'models', view));
    await expect(withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'mary', 'read it'))).rejects.toMatchObject({
      code: 'PROPOSAL_DECIDED',
    });
    expect(modelTree(directory)).toBe(modelTree(source.approved));
  });
});

describe('a kind in place of an id', () => {
  it('says where one would come from when none is open', async () => {
    await withAgent(copyOf('approved'), async ({ models }) => {
      for (const [kind, maker] of [
        ['champion', 'cohortium train'],
        ['windows', 'cohortium tune windows'],
      ] as const) {
        await expect(models.approve(kind, 'mary', 'read it')).rejects.toMatchObject({
          code: 'PROPOSAL_NOT_FOUND',
          message: expect.stringMatching(new RegExp(`no proposal of '${kind}' is open.*${maker}`)),
        });
      }
    });
  });
});

describe('what a killed process had begun', () => {
  it('is taken away by the next training, and what may still be written stays', async () => {
    const directory = copyOf('proposed');
    const begun = (name: string, day: string): string => {
      const path = join(directory, 'models', name);
      writeFileSync(path, 'half');
      utimesSync(path, new Date(day), new Date(day));
      return path;
    };
    const [old, recent] = [begun('cards/clv_model_1.md.1.tmp', '2026-01-30'), begun('artefacts/1.json.2.tmp', '2026-01-31T23:00Z')];
    await withAgent(directory, ({ models }) => models.train({ by: 'ada', origins: 2 }));
    expect([old, recent].map((path) => existsSync(path))).toEqual([false, true]);
  });
});

describe('two approvals at once', () => {
  it('of one proposal are one line', async () => {
    const directory = copyOf('proposed');
    const answers = await withAgent(directory, ({ models }) =>
      Promise.allSettled(['grace', 'mary'].map((by) => models.approve(trained.proposal.id, by, 'read it'))),
    );
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(answers[1]).toMatchObject({ reason: { code: 'PROPOSAL_DECIDED' } });
    expect(readManifest(directory)).toHaveLength(1);
    expect(await withAgent(directory, ({ models }) => models.checkChampions())).toMatchObject({ isGood: true, entries: 1 });
  });

  it('of two proposals are two lines, each in the ledger once', async () => {
    const directory = copyOf('proposed');
    const windows = proposedWindows(directory);
    await withAgent(directory, ({ models }) =>
      Promise.all([trained.proposal.id, windows].map((id) => models.approve(id, 'grace', 'read it'))),
    );
    expect(await withAgent(directory, ({ models }) => models.checkChampions())).toMatchObject({ isGood: true, entries: 2 });
    expect(await withAgent(directory, (agent) => agent.verify())).toMatchObject({ verified: true, size: 4 });
  });
});

describe('approved windows', () => {
  it('are brought in once: who goes back to the old ones by hand meant to', async () => {
    const directory = copyOf('proposed');
    const file = join(directory, 'cohortium.yaml');
    const windows = proposedWindows(directory);
    await withAgent(directory, ({ models }) => models.approve(windows, 'grace', 'read it'));
    const after = readFileSync(file, 'utf8');
    expect(after).toContain('historyMonths: 5');
    writeFileSync(file, after.replace('historyMonths: 5', 'historyMonths: 6'));
    await withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'grace', 'read it'));
    expect(readFileSync(file, 'utf8')).toContain('historyMonths: 6');
  });

  it('are those that the same process trains with', async () => {
    const directory = copyOf('proposed');
    const windows = proposedWindows(directory);
    await withAgent(directory, async ({ models }) => {
      await models.approve(windows, 'grace', 'read it');
      const { card } = await models.train({ by: 'ada', origins: 1 });
      expect(card).toMatchObject({ history_months: 5, pred_months: 4 });
      expect(card.windowsApproval).toBe(readManifest(directory)[0]?.digest);
    });
  });

  it('that a crash kept from cohortium.yaml are brought in by the next call', async () => {
    const [whole, directory] = [copyOf('proposed'), copyOf('proposed')];
    const windows = [whole, directory].map(proposedWindows)[0] ?? '';
    await withAgent(whole, ({ models }) => models.approve(windows, 'grace', 'read it'));
    // As a kill right after the line was written leaves it: no record, no view, the old windows.
    const manifest = join('models', 'champion_manifest.jsonl');
    cpSync(join(whole, manifest), join(directory, manifest));
    await withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'mary', 'read it'));
    expect(readFileSync(join(directory, 'cohortium.yaml'), 'utf8')).toContain('historyMonths: 5');
    expect(await withAgent(directory, ({ models }) => models.checkChampions())).toMatchObject({ isGood: true, entries: 2 });
  });
});

describe('a manifest that was made by somebody else', () => {
  it('is not taken for approved, though its chain and its signatures are whole', async () => {
    const directory = copyOf('proposed');
    const [line] = readManifest(source.approved);
    const { signature: _signature, ...statement } = line?.entry ?? ({} as ManifestEntry);
    const forger = makePersonKey(join(directory, 'elsewhere'), 'grace');
    const forged = { ...statement, key: forger?.verifierKey ?? '' };
    const signed = { ...forged, signature: forger?.sign(Buffer.from(canonicalJson(forged))) };
    writeFileSync(join(directory, 'models', 'champion_manifest.jsonl'), `${canonicalJson(signed)}\n`);
    expect(readManifest(directory)).toHaveLength(1);
    const refused = { code: 'MANIFEST_DAMAGED', message: expect.stringContaining('another key than registries/people/grace.json') };
    expect(() => currentChampion(directory)).toThrow(expect.objectContaining(refused));
    await withAgent(directory, async ({ models }) => {
      await expect(models.approve(trained.proposal.id, 'mary', 'read it')).rejects.toMatchObject(refused);
      expect((await models.checkChampions()).faults).toContainEqual(refused);
    });
    expect(await withAgent(directory, (agent) => agent.verify())).toMatchObject({ size: 0 });
  });

  it('by the proposer under another name is refused, in the making and afterwards', async () => {
    const directory = copyOf('proposed');
    const file = (...parts: string[]): string => join(directory, ...parts);
    const own = JSON.parse(readFileSync(file('.cohortium', 'keys', 'person-ada.json'), 'utf8')) as object;
    writeFileSync(file('.cohortium', 'keys', 'person-countess.json'), JSON.stringify({ ...own, person: 'countess' }), { mode: 0o600 });
    const { verifierKey: key } = openPersonKey(file('.cohortium', 'keys'), 'countess');
    const person = { format: 'cohortium/person@1', id: 'countess', name: 'Countess', key, addedAt: '2026-02-01T00:00:00.000Z' };
    writeFileSync(file('registries', 'people', 'countess.json'), JSON.stringify(person));
    await expect(withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'countess', 'read it'))).rejects.toMatchObject({
      code: 'APPROVAL_REFUSED',
      message: expect.stringContaining('countess has the key of ada'),
    });
    expect(existsSync(file('models', 'champion_manifest.jsonl'))).toBe(false);
  });
});

describe('a manifest that was edited by hand', () => {
  const manifest = (directory: string): string => join(directory, 'models', 'champion_manifest.jsonl');

  it('is refused at whatever character, and the line is named', () => {
    const directory = copyOf('approved');
    const text = readFileSync(manifest(directory), 'utf8');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length - 1 }), fc.constantFrom('0', 'a', 'Z', ' ', '"', '\n'), (at, letter) => {
        if (text[at] === letter) return;
        writeFileSync(manifest(directory), text.slice(0, at) + letter + text.slice(at + 1));
        expect(() => readManifest(directory)).toThrow(
          expect.objectContaining({ code: 'MANIFEST_DAMAGED', message: expect.stringMatching(/champion_manifest\.jsonl:[12] /) }),
        );
      }),
      { numRuns: 200 },
    );
    writeFileSync(manifest(directory), text.slice(0, -1));
    expect(() => readManifest(directory)).toThrow('cut');
  });

  it('stops whoever wants to approve, train or look', async () => {
    const directory = copyOf('approved');
    writeFileSync(manifest(directory), readFileSync(manifest(directory), 'utf8').replace('grace', 'marie'));
    await withAgent(directory, async ({ models }) => {
      const damaged = { code: 'MANIFEST_DAMAGED', message: expect.stringContaining(':1 ') };
      await expect(models.champions()).rejects.toMatchObject(damaged);
      await expect(models.train({ by: 'ada', origins: 1 })).rejects.toMatchObject(damaged);
      await expect(models.approve(trained.proposal.id, 'mary', 'read it')).rejects.toMatchObject(damaged);
      expect(await models.checkChampions()).toMatchObject({ isGood: false, faults: [{ code: 'MANIFEST_DAMAGED' }] });
    });
  });

  it('is told when its last line is taken out, because the ledger knows of it', async () => {
    const directory = copyOf('approved');
    truncateSync(manifest(directory));
    expect(await withAgent(directory, ({ models }) => models.checkChampions())).toMatchObject({
      isGood: false,
      faults: [{ code: 'MANIFEST_DAMAGED', message: expect.stringContaining('the ledger records an approval that the manifest lacks') }],
    });
  });

  it('is not begun anew after it was emptied', async () => {
    const directory = copyOf('approved');
    rmSync(manifest(directory));
    await expect(withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'grace', 'read it'))).rejects.toMatchObject({
      code: 'MANIFEST_DAMAGED',
      message: expect.stringContaining('the ledger records further approvals'),
    });
    expect(existsSync(manifest(directory))).toBe(false);
  });

  it('is told when a line is put in twice, and when a view or a person was edited', async () => {
    const directory = copyOf('approved');
    appendFileSync(join(directory, 'models', 'champion_manifest.csv'), 'another\n');
    const person = join(directory, 'registries', 'people', 'grace.json');
    writeFileSync(
      person,
      readFileSync(join(directory, 'registries', 'people', 'mary.json'), 'utf8').replaceAll(/"(id|name)": "mary"/g, '"$1": "grace"'),
    );
    const { faults } = await withAgent(directory, ({ models }) => models.checkChampions());
    expect(faults.map(({ code }) => code)).toEqual(['MANIFEST_DAMAGED', 'MODEL_FILE_CHANGED']);
    expect(faults[0]?.message).toContain('registries/people/grace.json');
    appendFileSync(manifest(directory), readFileSync(manifest(directory)));
    expect(() => readManifest(directory)).toThrow('champion_manifest.jsonl:2 says that it is entry 0');
  });
});

describe('windows of the model', () => {
  it.each([
    ['no month', { history: [] }, 'ARGUMENT_INVALID'],
    ['a month that is none', { history: [6.5] }, 'ARGUMENT_INVALID'],
    ['a century', { pred: [1200] }, 'ARGUMENT_INVALID'],
    ['a metric that is none', { measures: ['mape'] }, 'ARGUMENT_INVALID'],
    ['a grid of a week of work', { history: Array.from({ length: 60 }, (_, at) => at + 1), pred: [1, 2, 3] }, 'ARGUMENT_INVALID'],
    ['a history that the log is too short for', { history: [48, 60] }, 'GRAPH_HISTORY_SHORT'],
    ['a proposer who is nobody', { by: 'nobody' }, 'PERSON_NOT_FOUND'],
    ['a grain that is none', { grain: 'country' }, 'ARGUMENT_INVALID'],
  ])('refuse %s, and write nothing', async (_what, part, code) => {
    const directory = copyOf('proposed');
    const request = { history: [3, 6], pred: [4], measures: ['nrmse'], origins: 3, by: 'ada', ...part };
    await expect(withAgent(directory, ({ models }) => models.tuneWindows(request))).rejects.toMatchObject({ code });
    expect(existsSync(join(directory, 'outputs'))).toBe(false);
  });
});

describe('a grid that the log holds in part', () => {
  it('is tried as far as it goes, and says what it would need; homes of few customers are left to the whole', async () => {
    const directory = copyOf('proposed');
    const request = { history: [3, 60], pred: [4], measures: ['nrmse', 'r2'], origins: 1, by: 'ada', grain: 'channel' };
    const report = await withAgent(directory, ({ models }) => models.tuneWindows(request));
    expect(report.cells.map(({ historyMonths }) => historyMonths)).toEqual([3]);
    expect(report.leftOut).toMatchObject([{ historyMonths: 60, predMonths: 4 }]);
    expect((report.leftOut[0]?.neededFrom ?? '') < trained.card.inputs.firstDate).toBe(true);
    expect(report.grain).toMatchObject({ axis: 'channel', values: [], leastCustomers: 200 });
    expect(report.grain?.leftToWhole.length).toBeGreaterThan(1);
    for (const { customers, reason } of report.grain?.leftToWhole ?? []) {
      expect(customers).toBeLessThan(200);
      expect(reason).toBeNull();
    }
    const text = readFileSync(join(directory, report.files.find((name) => name.endsWith('.csv')) ?? ''), 'utf8');
    expect(text.trim().split('\n')).toHaveLength(2);
  });
});

describe('a person', () => {
  it('is added once, under an id that is one', async () => {
    const directory = copyOf('proposed');
    await withAgent(directory, async ({ models }) => {
      expect((await models.people()).map(({ id }) => id)).toEqual(['ada', 'grace', 'mary']);
      await expect(models.addPerson('eve', ' ')).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
      for (const id of ['ada', 'Ada', '', '../x', 'a b', 'x'.repeat(65)]) {
        await expect(models.addPerson(id)).rejects.toMatchObject({ code: 'ARGUMENT_INVALID' });
      }
    });
    writeFileSync(join(directory, 'registries', 'people', 'grace.json'), '{"id":"grace"}');
    await expect(withAgent(directory, ({ models }) => models.people())).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('a cut-off', () => {
  it.each([
    ['in the future', '2026-06-30', 'is in the future'],
    ['before the data', '2019-12-31', 'is before the data'],
    ['whose outcome has not been seen', '2025-06-30', 'has not been seen'],
  ])('%s is refused, and nothing is written', async (_what, cutoff, says) => {
    const directory = copyOf('proposed');
    const before = modelTree(directory);
    await expect(withAgent(directory, ({ models }) => models.train({ by: 'ada', origins: 1, cutoff }))).rejects.toMatchObject({
      code: 'MODEL_CUTOFF_INVALID',
      message: expect.stringContaining(says),
    });
    expect(modelTree(directory)).toBe(before);
  });

  it('so early that nothing can be judged is refused', async () => {
    await expect(
      withAgent(copyOf('proposed'), ({ models }) => models.train({ by: 'ada', origins: 1, cutoff: '2024-08-31' })),
    ).rejects.toMatchObject({
      code: 'GRAPH_HISTORY_SHORT',
    });
  });
});

describe('a log that says nothing', () => {
  const purchase = (customer: number, day: string, amountMinor: number) => ({
    id: `p-${customer}-${day}`,
    type: 'purchase',
    customer: { userId: `c-${customer}` },
    at: `${day}T12:00:00Z`,
    location: 'Vienna',
    channel: 'web',
    properties: { amountMinor, currency: 'EUR', orderId: `o-${customer}-${day}`, sku: 'one' },
  });
  const browse = {
    id: 'b-1',
    type: 'browse',
    customer: { userId: 'c-1' },
    at: '2026-01-20T12:00:00Z',
    channel: 'web',
    properties: { sku: 'one' },
  };

  async function shopWith(signals: readonly unknown[]): Promise<string> {
    const directory = mkdtempSync(join(folder, 'shop-'));
    await initOperatorDirectory(directory, { currency: 'EUR' });
    configureModels(directory, 'champion: { historyMonths: 6, predMonths: 4 }\n');
    await withAgent(directory, async (agent) => {
      const { accepted } = await agent.capture(signals, 'test');
      expect(accepted).toBe(signals.length);
      await agent.models.addPerson('ada');
    });
    return directory;
  }
  const customers = (count: number, days: readonly string[]) =>
    Array.from({ length: count }, (_, customer) => days.map((day) => purchase(customer, day, 1000 + customer))).flat();

  it.each([
    ['no signals at all', () => [], 'GRAPH_EMPTY'],
    ['three customers', () => [...customers(3, ['2025-06-01', '2025-08-01', '2025-11-01']), browse], 'CLV_TOO_FEW_CUSTOMERS'],
    ['nobody who buys afterwards', () => [...customers(60, ['2025-06-01', '2025-08-01']), browse], 'MODEL_OUTCOME_EMPTY'],
    ['nobody who bought before', () => [...customers(60, ['2024-02-01', '2025-12-01']), browse], 'GRAPH_EMPTY'],
  ])('with %s is refused', async (_what, signals, code) => {
    const directory = await shopWith(signals());
    await expect(withAgent(directory, ({ models }) => models.train({ by: 'ada', origins: 1 }))).rejects.toMatchObject({ code });
    expect(existsSync(join(directory, 'models'))).toBe(false);
  });

  it('of one location has a grid of that location that is the grid of the whole', async () => {
    const months = Array.from({ length: 13 }, (_, at) => new Date(Date.UTC(2025, at, 10)).toISOString().slice(0, 10));
    const signals = Array.from({ length: 250 }, (_, customer) =>
      months.flatMap((day, month) =>
        (customer * 7 + month * 3) % 11 < 3 ? [purchase(customer, day, 500 + ((customer * 37 + month * 101) % 900))] : [],
      ),
    ).flat();
    const directory = await shopWith([...signals, browse]);
    const report = await withAgent(directory, ({ models }) =>
      models.tuneWindows({
        history: [3, 6],
        pred: [2],
        measures: ['nrmse'],
        origins: 1,
        by: 'ada',
        grain: 'location',
        grainPictures: true,
      }),
    );
    expect(report.grain?.leftToWhole).toEqual([]);
    expect(report.grain?.values).toEqual([{ value: 'Vienna', cells: report.cells, best: report.best }]);
    expect(report.files.filter((name) => /heatmap_(?:r2|score)_location_1_/.test(name))).toHaveLength(2);
    const text = readFileSync(join(directory, report.files.find((name) => name.endsWith('.csv')) ?? ''), 'utf8');
    const lines = text.trim().split('\n');
    expect(lines).toHaveLength(5);
    expect(lines.slice(3)).toEqual(lines.slice(1, 3).map((line) => line.replace(',all,,', ',location,Vienna,')));
  });

  it('of customers who all buy alike ends in a model that ranks nobody, or in a refusal with a code', async () => {
    const days = ['2024-08-01', '2024-12-01', '2025-03-01', '2025-06-01', '2025-08-01', '2025-11-01'];
    const alike = Array.from({ length: 60 }, (_, customer) => days.map((day) => purchase(customer, day, 1000))).flat();
    const directory = await shopWith([...alike, browse]);
    await expect(withAgent(directory, ({ models }) => models.train({ by: 'ada', origins: 1 }))).rejects.toMatchObject({
      code: 'MODEL_OUTCOME_EMPTY',
    });
  });
});
