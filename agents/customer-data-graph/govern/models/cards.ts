/**
 * Cards on disk: JSON, CycloneDX and Markdown, all from one source. Refuses a card whose bytes are not those that were proposed, and
 * finds the card of a model.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { canonicalJson, CohortiumError, compareText, type Digest, sha256 } from '../../../../skills/sdk/index.ts';
import { cyclonedxCard } from './cyclonedx-card.ts';
import { markdownCard } from './markdown-card.ts';
import { modelFiles, replaceFile } from './model-files.ts';
import type { ModelCard } from './model-interface.ts';

/** The three files of a card, by what comes after the model id. */
export const cardEndings = ['.json', '.cdx.json', '.md'] as const;

/** Writes the three files; the JSON last, because who finds it expects the others. Returns the digest of the JSON. */
export function writeCards(directory: string, card: ModelCard): Digest {
  const { cards } = modelFiles(directory);
  for (const [ending, text] of Object.entries(cardTexts(card)).toReversed()) replaceFile(join(cards, `${card.model_id}${ending}`), text);
  return sha256(cardTexts(card)['.json']);
}

/** The texts of a card: a function of it. */
function cardTexts(card: ModelCard): Readonly<Record<(typeof cardEndings)[number], string>> {
  const json = canonicalJson(card);
  // From the text, whose keys have one order.
  const source = JSON.parse(json) as ModelCard;
  return {
    '.json': json,
    '.cdx.json': `${JSON.stringify(cyclonedxCard(source, sha256(json)), undefined, 2)}\n`,
    '.md': markdownCard(source),
  };
}

/**
 * Reads the card of a model.
 * @param expected digest of its JSON, where it is known
 * @throws {CohortiumError} MODEL_NOT_FOUND; MODEL_FILE_CHANGED naming the file that is not as it was written
 */
export function readCard(directory: string, modelId: string, expected?: Digest): ModelCard {
  const { cards } = modelFiles(directory);
  const path = join(cards, `${modelId}.json`);
  if (!/^clv_model_\w+$/.test(modelId) || !existsSync(path)) {
    throw new CohortiumError(
      'MODEL_NOT_FOUND',
      `there is no card of '${modelId.slice(0, 80)}' in models/cards; 'cohortium champions' lists models`,
    );
  }
  const text = readFileSync(path, 'utf8');
  const card = parseCard(text);
  if (!card || card.model_id !== modelId || canonicalJson(card) !== text)
    throw changed(`${modelId}.json`, 'it is no card as it was written');
  if (expected !== undefined && sha256(text) !== expected) {
    throw changed(`${modelId}.json`, `it has SHA-256 ${sha256(text)}, and ${expected} was recorded`);
  }
  const texts = cardTexts(card);
  for (const ending of cardEndings) {
    const name = `${modelId}${ending}`;
    const file = join(cards, name);
    if (!existsSync(file) || readFileSync(file, 'utf8') !== texts[ending]) throw changed(name, `it does not say what ${modelId}.json says`);
  }
  return card;
}

/** Ids of all models with a card, oldest first. */
export function modelIds(directory: string): readonly string[] {
  const { cards } = modelFiles(directory);
  if (!existsSync(cards)) return [];
  return readdirSync(cards)
    .flatMap((name) => /^(clv_model_\w+)\.json$/.exec(name)?.[1] ?? [])
    .sort(compareText);
}

function changed(name: string, what: string): CohortiumError {
  return new CohortiumError('MODEL_FILE_CHANGED', `models/cards/${name} was edited or damaged: ${what}`);
}

function parseCard(text: string): ModelCard | undefined {
  try {
    const value = JSON.parse(text) as Partial<ModelCard> | null;
    return value?.format === 'cohortium/model-card@1' ? (value as ModelCard) : undefined; // of that format; its bytes are compared with what was recorded
  } catch {
    return undefined;
  }
}
