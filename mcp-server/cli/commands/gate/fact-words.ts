/** Where a fact comes from, in words. */
import type { FactSource } from '../../../../agents/customer-data-graph/facts/fact-source.ts';

export function factSourceWords(source: FactSource): string {
  if (source.kind === 'consent' || source.kind === 'gpc') {
    const [{ granted, purpose, method, noticeVersion, event }] = source.consents;
    const said = source.kind === 'gpc' ? 'Global Privacy Control' : `${granted ? 'granted' : 'refused'} ${purpose}`;
    return `${said}, ${method ?? 'method unknown'}, ${noticeVersion === null ? 'no notice on record' : `notice ${noticeVersion}`}, signal ${event}`;
  }
  if (source.kind === 'attribute' || source.kind === 'derived') {
    return `declared ${source.attribute} ${source.declared} by ${source.by}, signal ${source.event}`;
  }
  if (source.kind === 'silence') {
    return `nobody said anything${source.completeSince === null ? '' : `, and refusals are complete since ${source.completeSince}`}`;
  }
  if (source.kind === 'default') return `assumed, the stricter reading: ${source.says}`;
  return source.kind === 'stated' ? `stated by the ${source.by}` : 'nothing is on record';
}
