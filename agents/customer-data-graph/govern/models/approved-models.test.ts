/** One model, its proposal and its approval, and everything that a hand can do to their files. */
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';

import { sha256 } from '../../../../skills/sdk/index.ts';
import { configureModels, modelTree, trainedShop, withAgent } from '../../../../test/fixtures/trained-shop.ts';
import { initOperatorDirectory } from '../../operator-directory.ts';
import type { ModelCard } from '../govern-interface.ts';
import { currentChampion, readManifest } from './manifest.ts';
import '../../../../test/property-seed.ts';

const { folder, source, trained, copyOf } = await trainedShop('approved-models');

afterAll(() => rmSync(folder, { recursive: true }));

describe('a trained model', () => {
  it('is a proposal and nothing more', () => {
    expect(existsSync(join(source.proposed, 'models', 'champion_manifest.jsonl'))).toBe(false);
    expect(currentChampion(source.proposed)).toBeUndefined();
    expect(trained.champion).toBeNull();
  });

  it('lies under the SHA-256 of its bytes, without a person, a time or a machine in it', () => {
    const [name = ''] = readdirSync(join(source.proposed, 'models', 'artefacts'));
    const text = readFileSync(join(source.proposed, 'models', 'artefacts', name), 'utf8');
    expect(name).toBe(`${sha256(text)}.json`);
    expect(trained.card.artefact).toBe(sha256(text));
    for (const word of ['ada', 'clv_model_', '2026-02-01', process.versions.node, 'Söhne']) expect(text).not.toContain(word);
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
    for (const { trainedAt, predictedAt } of card.evaluation.origins) expect(trainedAt < predictedAt).toBe(true);
    expect(card.evaluation.deciles.reduce((sum, { customers }) => sum + customers, 0)).toBe(card.evaluation.all.rows);
    expect(new Set(card.evaluation.slices.map(({ axis }) => axis))).toEqual(new Set(['location', 'channel', 'brand']));
    for (const { metrics } of card.evaluation.slices) expect(metrics.mae.low).toBeLessThanOrEqual(metrics.mae.high);
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
          quantitativeAnalysis: { performanceMetrics: { type: string; value: string; slice?: string; confidenceInterval: object }[] };
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
      metrics.every(({ value, confidenceInterval }) => Number.isFinite(Number(value)) && Object.keys(confidenceInterval).length === 2),
    ).toBe(true);
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
    expect(await withAgent(copyOf('approved'), (agent) => agent.verify())).toMatchObject({ verified: true, size: 1 });
  });

  it.each([
    ['of the proposer', 'APPROVAL_REFUSED', (): readonly [string, string] => [trained.proposal.id, 'ada']],
    ['of nobody known', 'PERSON_NOT_FOUND', (): readonly [string, string] => [trained.proposal.id, 'nobody']],
    ['of an id that is none', 'ARGUMENT_INVALID', (): readonly [string, string] => [trained.proposal.id, '../ada']],
    ['of a proposal that is none', 'PROPOSAL_NOT_FOUND', (): readonly [string, string] => ['champion-000000000000', 'grace']],
    ['of a path', 'PROPOSAL_NOT_FOUND', (): readonly [string, string] => ['../../cohortium', 'grace']],
  ])('%s is refused and leaves everything as it was', async (_what, code, given) => {
    const directory = copyOf('proposed');
    const before = modelTree(directory);
    await expect(withAgent(directory, ({ models }) => models.approve(...given(), ''))).rejects.toMatchObject({ code });
    expect(modelTree(directory)).toBe(before);
  });

  it('counts once: the same proposal again is refused', async () => {
    const directory = copyOf('approved');
    const before = modelTree(directory);
    await expect(withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'mary', ''))).rejects.toMatchObject({
      code: 'PROPOSAL_DECIDED',
      message: expect.stringContaining('grace'),
    });
    expect(modelTree(directory)).toBe(before);
  });

  it('with a key that others can read, or that is not the one in the registry, is refused', async () => {
    const directory = copyOf('proposed');
    const key = (id: string): string => join(directory, '.cohortium', 'keys', `person-${id}.json`);
    const approve = () => withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'grace', ''));
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
    await expect(withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'grace', ''))).rejects.toMatchObject({
      code: 'MODEL_FILE_CHANGED',
    });
    expect(modelTree(directory)).toBe(before);
  });

  it('that was cut short by a crash is finished by the next call', async () => {
    const directory = copyOf('approved');
    for (const view of ['champion_manifest.csv', 'clv_model_latest.metrics.json']) rmSync(join(directory, 'models', view));
    await expect(withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'mary', ''))).rejects.toMatchObject({
      code: 'PROPOSAL_DECIDED',
    });
    expect(modelTree(directory)).toBe(modelTree(source.approved));
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
      await expect(models.approve(trained.proposal.id, 'mary', '')).rejects.toMatchObject(damaged);
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
    await expect(withAgent(directory, ({ models }) => models.approve(trained.proposal.id, 'grace', ''))).rejects.toMatchObject({
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
    ['a history that the log is too short for', { history: [6, 60] }, 'GRAPH_HISTORY_SHORT'],
    ['a proposer who is nobody', { by: 'nobody' }, 'PERSON_NOT_FOUND'],
  ])('refuse %s, and write nothing', async (_what, part, code) => {
    const directory = copyOf('proposed');
    const request = { history: [3, 6], pred: [4], measures: ['nrmse'], origins: 3, by: 'ada', ...part };
    await expect(withAgent(directory, ({ models }) => models.tuneWindows(request))).rejects.toMatchObject({ code });
    expect(existsSync(join(directory, 'outputs'))).toBe(false);
  });
});

describe('a person', () => {
  it('is added once, under an id that is one', async () => {
    const directory = copyOf('proposed');
    await withAgent(directory, async ({ models }) => {
      expect((await models.people()).map(({ id }) => id)).toEqual(['ada', 'grace', 'mary']);
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

  it('of customers who all buy alike ends in a model that ranks nobody, or in a refusal with a code', async () => {
    const days = ['2024-08-01', '2024-12-01', '2025-03-01', '2025-06-01', '2025-08-01', '2025-11-01'];
    const alike = Array.from({ length: 60 }, (_, customer) => days.map((day) => purchase(customer, day, 1000))).flat();
    const directory = await shopWith([...alike, browse]);
    await expect(withAgent(directory, ({ models }) => models.train({ by: 'ada', origins: 1 }))).rejects.toMatchObject({
      code: 'MODEL_OUTCOME_EMPTY',
    });
  });
});
