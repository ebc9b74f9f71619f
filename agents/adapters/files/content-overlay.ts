/**
 * A content store that reads from another and writes beside it: what is there already stays where it is, anything new goes into a
 * folder of its own. For work that must leave nothing behind, such as a replay; whoever made the folder removes it.
 */
import { encodeTable, type ContentStore, type Ref, sha256, canonicalJson, jsonMedia, tableMedia } from '../../../skills/sdk/index.ts';

/**
 * @param base never written to
 * @param added takes what is new
 */
export function overlayContent(base: ContentStore, added: ContentStore): ContentStore {
  const holder = (ref: Ref): ContentStore => (added.has(ref) ? added : base);
  return {
    putTable: (table) => {
      const ref: Ref = { digest: encodeTable(table).digest, media: tableMedia, rows: table.rows };
      return base.has(ref) ? ref : added.putTable(table);
    },
    putJson: (value) => {
      const digest = sha256(canonicalJson(value));
      const ref: Ref = { digest, media: jsonMedia, rows: Array.isArray(value) ? value.length : 1 };
      return base.has(ref) ? ref : added.putJson(value);
    },
    getTable: (ref) => holder(ref).getTable(ref),
    getJson: (ref) => holder(ref).getJson(ref),
    has: (ref) => base.has(ref) || added.has(ref),
  };
}
