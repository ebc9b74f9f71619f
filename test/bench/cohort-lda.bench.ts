/**
 * Topics against scikit-learn's online LDA on planted documents, in turns: CPU time of a fit, and how well each foretells the
 * rest of 1,000 new documents, both scored by the same function. Ours includes numbering and describing the cohorts.
 *
 * node --conditions=cohortium-source test/bench/cohort-lda.bench.ts [--documents 10000] [--rounds 3]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { completionPerplexity, lda, type LdaConfig, type LdaModel } from '../../skills/cohort/core/methods/lda/index.ts';
import { plantTopics } from '../fixtures/planted-tokens.ts';
import { cacheFolder, PythonPeer, pythonWith } from './peers/python-peer.ts';

const { values: given } = parseArgs({
  options: { documents: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '3' } },
});
const [documents, rounds] = [Number(given.documents), Number(given.rounds)];
const [topics, terms, fresh] = [10, 1000, 1000];

const planted = plantTopics({ documents: documents + fresh, topics, terms, seed: 'bench' });
const cut = planted.start[documents] ?? 0;
const { vocabulary } = planted;
const train = { start: planted.start.slice(0, documents + 1), token: planted.token.slice(0, cut), vocabulary };
const held = { start: planted.start.slice(documents).map((at) => at - cut), token: planted.token.slice(cut), vocabulary };

const python = pythonWith('cohort-lda', ['scikit-learn==1.9.1', 'scipy'], 'import sklearn');
const ours: Record<string, LdaConfig> = { online: { topics }, 'gibbs, 60 sweeps': { topics, engine: 'gibbs', sweeps: 60 } };
const seconds = new Map<string, number[]>();
const perplexities = new Map<string, number[]>();
const note = (name: string, cpu: number, model: LdaModel): void => {
  seconds.set(name, [...(seconds.get(name) ?? []), cpu]);
  perplexities.set(name, [...(perplexities.get(name) ?? []), completionPerplexity(model, held)]);
};

if (python) {
  mkdirSync(cacheFolder, { recursive: true });
  const file = (name: string): string => join(cacheFolder, `lda-${documents}-${name}.bin`);
  writeFileSync(file('start'), train.start);
  writeFileSync(file('token'), train.token);
  const peer = new PythonPeer(python, 'cohort_lda.py');
  lda.fit({ topics }, { ...train, start: train.start.slice(0, 1001), token: train.token.slice(0, train.start[1000]) }, 'warm up');
  for (let round = 0; round < rounds; round++) {
    let like: LdaModel | undefined;
    for (const [name, config] of Object.entries(ours)) {
      const before = process.cpuUsage();
      const model = lda.fit(config, train, `round ${round}`);
      const used = process.cpuUsage(before);
      note(name, (used.user + used.system) / 1e6, model);
      like = model;
    }
    const { cpu } = await peer.ask({ start: file('start'), token: file('token'), terms, topics, seed: round, out: file('components') });
    const components = readFileSync(file('components'));
    const weight = [...new Float64Array(new Uint8Array(components).buffer)];
    if (like) note('scikit-learn', cpu, { ...like, vocabulary, weight });
  }
  peer.close();
  const peerSeconds = median(seconds.get('scikit-learn') ?? []);
  console.log(`${documents} documents, ${cut} tokens, ${rounds} rounds; CPU seconds are medians, target 0.30 × and no higher perplexity`);
  for (const [name, all] of seconds) {
    const scores = (perplexities.get(name) ?? []).map((score) => score.toFixed(2)).join(' ');
    console.log(`${name.padEnd(18)} ${median(all).toFixed(2)} s  ${(median(all) / peerSeconds).toFixed(2)} ×  perplexity ${scores}`);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
