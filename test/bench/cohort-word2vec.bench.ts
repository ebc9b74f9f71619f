/**
 * Embeddings against gensim with one worker on planted sequences, in turns: CPU time, and the share of each product's 10 nearest
 * that are in its category. Ours is the whole fit, with the cohorts of customers that gensim does not make.
 *
 * node --conditions=cohortium-source test/bench/cohort-word2vec.bench.ts [--documents 10000] [--rounds 3]
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { nearestTokens, word2vec } from '../../skills/cohort/core/methods/word2vec/index.ts';
import { plantSequences } from '../fixtures/planted-tokens.ts';
import { cacheFolder, PythonPeer, pythonWith } from './peers/python-peer.ts';

const { values: given } = parseArgs({
  options: { documents: { type: 'string', default: '10000' }, rounds: { type: 'string', default: '3' } },
});
const [documents, rounds] = [Number(given.documents), Number(given.rounds)];
const [categories, products, dimensions] = [20, 2000, 64];
const planted = plantSequences({ documents, categories, products, seed: 'bench' });

const python = pythonWith('cohort-word2vec', ['gensim==4.4.0'], 'import gensim');
if (python) {
  mkdirSync(cacheFolder, { recursive: true });
  const [start, token] = ['start', 'token'].map((name) => join(cacheFolder, `word2vec-${documents}-${name}.bin`));
  writeFileSync(start ?? '', planted.start);
  writeFileSync(token ?? '', planted.token);
  const peer = new PythonPeer(python, 'cohort_word2vec.py');
  const [mine, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    const model = word2vec.fit({ cohorts: categories, dimensions }, planted, `round ${round}`);
    const used = process.cpuUsage(before);
    mine.push((used.user + used.system) / 1e6);
    const answer = await peer.ask({ start, token, dimensions, categories, seed: round + 1 });
    theirs.push(answer.cpu);
    const category = (name: string): number => Number(name.slice(1)) % categories;
    // Every tenth token is enough to see a hundredth.
    const asked = model.vocabulary.filter((_, index) => index % 10 === 0);
    const hits = asked.map((name) => nearestTokens(model, name, 10).filter((near) => category(near.token) === category(name)).length);
    const purity = hits.reduce((total, count) => total + count, 0) / (10 * asked.length);
    console.log(`round ${round}: purity ${purity.toFixed(4)}, gensim ${answer.result['purity']?.toFixed(4) ?? '?'}`);
  }
  peer.close();
  console.log(`${documents} sequences, ${planted.token.length} tokens; CPU seconds are medians, target 1.50 ×`);
  console.log(`ours ${median(mine).toFixed(2)} s, gensim ${median(theirs).toFixed(2)} s, ${(median(mine) / median(theirs)).toFixed(2)} ×`);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
