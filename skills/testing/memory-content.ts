/** A content store in memory: objects are gone when the process ends. For tests and for samples; never for an agent. */
import {
  canonicalJson,
  CohortiumError,
  type ContentStore,
  decodeTable,
  encodeTable,
  jsonMedia,
  type Ref,
  sha256,
  tableMedia,
} from '../sdk/index.ts';

/** @returns a store whose reads throw CONTENT_NOT_FOUND for what was not put into it */
export function createMemoryContent(): ContentStore {
  const objects = new Map<string, Uint8Array>();
  const read = ({ digest }: Ref): Uint8Array => {
    const bytes = objects.get(digest);
    if (!bytes) throw new CohortiumError('CONTENT_NOT_FOUND', `nothing is stored under ${digest}; put it first`);
    return bytes;
  };
  return {
    putTable: (table) => {
      const { bytes, digest } = encodeTable(table);
      objects.set(digest, bytes);
      return { digest, media: tableMedia, rows: table.rows };
    },
    getTable: (ref) => decodeTable(read(ref)).table,
    putJson: (value) => {
      const bytes = Buffer.from(canonicalJson(value));
      const digest = sha256(bytes);
      objects.set(digest, bytes);
      return { digest, media: jsonMedia, rows: Array.isArray(value) ? value.length : 1 };
    },
    getJson: (ref): unknown => JSON.parse(Buffer.from(read(ref)).toString('utf8')),
    has: ({ digest }) => objects.has(digest),
  };
}
