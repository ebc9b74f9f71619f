/**
 * Many questions to one engine, a chunk at a time. A chunk that fails leaves its questions unanswered; after two in a row the engine
 * is taken for gone, so that a run waits for two time limits and not for hundreds. Keeps the order; loses no question.
 */
import { type EngineQuestion, type EngineVerdict, reasonOf, unanswered } from './engine.ts';

const mostFailures = 2;

/**
 * @param ask answers one chunk, one verdict per question; whatever it throws is why the chunk has no answer
 * @throws the reason of the signal when it is aborted
 */
export async function askInChunks(
  questions: readonly EngineQuestion[],
  size: number,
  signal: AbortSignal,
  ask: (chunk: readonly EngineQuestion[]) => Promise<readonly EngineVerdict[]>,
): Promise<readonly EngineVerdict[]> {
  const verdicts: EngineVerdict[] = [];
  let failures = 0;
  let because = '';
  for (let from = 0; from < questions.length; from += size) {
    signal.throwIfAborted();
    const chunk = questions.slice(from, from + size);
    if (failures < mostFailures) {
      try {
        const answers = await ask(chunk);
        if (answers.length !== chunk.length) throw new Error(`answered ${answers.length} of ${chunk.length} questions`);
        verdicts.push(...answers);
        failures = 0;
        continue;
      } catch (error) {
        signal.throwIfAborted();
        failures += 1;
        because = reasonOf(error);
      }
    }
    verdicts.push(...unanswered(chunk, because));
  }
  return verdicts;
}
