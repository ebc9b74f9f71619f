/** Receipts of calls, so that a call that comes again is answered with the same one. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';

export interface Written {
  readonly firstIndex: number;
  /** Leaves under the checkpoint that covers all of the call. */
  readonly size: number;
  /** Hex. */
  readonly root: string;
  /** Leaf of each record. */
  readonly records: Int32Array;
  /** Position of each in its batch; −1 where the leaf is the record. */
  readonly items: Int32Array;
}

/** Larger ones are compressed: neighbours differ little. */
const plainBytes = 128;

/** Layout: 0 or 1 for compressed; then first index, size, and for each record leaf and position, as differences, 32 bit each. */
export function encodeReceipt({ firstIndex, size, records, items }: Omit<Written, 'root'>): Buffer {
  const numbers = new Int32Array(2 + records.length + items.length);
  numbers.set([firstIndex, size]);
  numbers.set(deltas(records), 2);
  numbers.set(deltas(items), 2 + records.length);
  const bytes = Buffer.from(numbers.buffer);
  return bytes.length <= plainBytes
    ? Buffer.concat([Buffer.of(0), bytes])
    : Buffer.concat([Buffer.of(1), deflateRawSync(bytes, { level: 1 })]);
}

export function decodeReceipt(receipt: Buffer): Omit<Written, 'root'> {
  const body = receipt.subarray(1);
  const bytes = receipt[0] === 1 ? inflateRawSync(body) : body;
  const count = bytes.length / 8 - 1;
  const numbers = Int32Array.from({ length: bytes.length / 4 }, (_, at) => bytes.readInt32LE(at * 4));
  const [firstIndex = 0, size = 0] = numbers;
  return { firstIndex, size, records: sums(numbers.subarray(2, 2 + count)), items: sums(numbers.subarray(2 + count)) };
}

function deltas(values: Int32Array): Int32Array {
  return values.map((value, at) => value - (values[at - 1] ?? 0));
}

function sums(differences: Int32Array): Int32Array {
  let sum = 0;
  return differences.map((difference) => (sum += difference));
}
