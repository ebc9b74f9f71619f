/**
 * Writes the training steps as a WebAssembly module with SIMD: the operations of {@link scalarTrainer} in the same order, four
 * lanes at once, so that both leave the same bytes. Made for one length of vectors and one number of targets, without a compiler.
 * @see WebAssembly Core Specification 2.0, chapter 5, for the bytes
 */
import {
  addWord,
  bytes,
  f32,
  get,
  i32,
  loadLanes,
  loadWord,
  moduleOf,
  section,
  set,
  storeLanes,
  text,
  unsigned,
  v128,
  word,
} from '../../webassembly.ts';
import { sigmoidReach, sigmoidSlots, type TrainerLayout } from './trainer.ts';

/** Loads at constant offsets from a pointer, before it is moved on. */
const mostBlocks = 16;

/** @returns a module that imports `env.memory` and exports `train(pairs)` */
export function emitKernel(layout: TrainerLayout, pages: number): Uint8Array<ArrayBuffer> {
  const code = emitTrain(layout);
  return moduleOf([1, 0x60, 1, i32, 0], pages, [
    section(3, [1, 0]),
    section(7, [1, ...text('train'), 0x00, 0]),
    section(10, [1, ...unsigned(code.length), ...code]),
  ]);
}

function emitTrain({ stride, targets, sigmoidAt, pairsAt }: TrainerLayout): number[] {
  const blocks = stride / 4;
  const unrolled = largestDivisor(blocks);
  const chunks = blocks / unrolled;
  // Locals: whole numbers, then single numbers, then lanes.
  const [pairs, record, vector, left, firstOther] = [0, 1, 2, 3, 4];
  const rate = firstOther + targets;
  const product = rate + 1;
  const firstLanes = product + 1;
  const own = firstLanes + targets;
  const change = own + 1;
  const value = change + 1;
  const eachTarget = (emit: (target: number) => number[]): number[] => Array.from({ length: targets }, (_, target) => emit(target)).flat();
  const recordBytes = 4 * (2 + targets);

  const point = [
    ...get(record),
    ...loadWord(0),
    ...set(vector),
    ...eachTarget((target) => [...get(record), ...loadWord(4 * (2 + target)), ...set(firstOther + target)]),
  ];
  /** The body for each block, pointers moved on between chunks. */
  const overBlocks = (body: (offset: number) => number[]): number[] => {
    const chunk = Array.from({ length: unrolled }, (_, block) => body(16 * block)).flat();
    if (chunks === 1) return chunk;
    const move = (pointer: number): number[] => [...get(pointer), ...word(16 * unrolled), addWord, ...set(pointer)];
    return [
      ...word(chunks),
      ...set(left),
      ...bytes(0x03, 0x40),
      ...chunk,
      ...move(vector),
      ...eachTarget((target) => move(firstOther + target)),
      ...bytes(...get(left), ...word(1), 0x6b, 0x22, left, 0x0d, 0),
      0x0b,
    ];
  };
  const products = overBlocks((offset) => [
    ...get(vector),
    ...loadLanes(offset),
    ...set(own),
    ...eachTarget((target) => [
      ...get(firstLanes + target),
      ...get(own),
      ...get(firstOther + target),
      ...loadLanes(offset),
      ...multiplyLanes,
      ...addLanes,
      ...set(firstLanes + target),
    ]),
  ]);
  const lane = (of: number, index: number): number[] => [...get(of), 0xfd, 0x1f, index];
  const gradients = eachTarget((target) => {
    const lanes = firstLanes + target;
    return [
      ...bytes(
        ...lane(lanes, 0),
        ...lane(lanes, 1),
        addSingle,
        ...lane(lanes, 2),
        ...lane(lanes, 3),
        addSingle,
        addSingle,
        ...set(product),
      ),
      ...single(target === 0 ? 1 : 0),
      // The slot of the product, within the table, times 4 bytes.
      ...bytes(...get(product), ...single(sigmoidReach), addSingle, ...single(sigmoidSlots / (2 * sigmoidReach)), multiplySingle),
      ...bytes(...single(sigmoidSlots - 1), 0x96, ...single(0), 0x97, 0xfc, 0x00, ...word(2), 0x74),
      ...bytes(0x2a, 2, ...unsigned(sigmoidAt)),
      ...bytes(0x93, ...get(rate), multiplySingle, 0xfd, 0x13, ...set(lanes)),
    ];
  });
  const steps = overBlocks((offset) => [
    ...bytes(...get(vector), ...loadLanes(offset), ...set(own), ...zeroLanes, ...set(change)),
    ...eachTarget((target) => [
      ...bytes(...get(firstOther + target), ...loadLanes(offset), ...set(value)),
      ...bytes(...get(change), ...get(firstLanes + target), ...get(value), ...multiplyLanes, ...addLanes, ...set(change)),
      ...bytes(...get(firstOther + target), ...get(value), ...get(firstLanes + target), ...get(own), ...multiplyLanes, ...addLanes),
      ...storeLanes(offset),
    ]),
    ...bytes(...get(vector), ...get(own), ...get(change), ...addLanes, ...storeLanes(offset)),
  ]);
  return [
    ...bytes(3, ...unsigned(3 + targets), i32, 2, f32, ...unsigned(targets + 3), v128),
    ...bytes(...word(pairsAt), ...set(record)),
    ...bytes(0x02, 0x40, ...get(pairs), 0x45, 0x0d, 0),
    ...bytes(0x03, 0x40),
    ...point,
    ...bytes(...get(record), 0x2a, 2, 4, ...set(rate)),
    ...eachTarget((target) => [...zeroLanes, ...set(firstLanes + target)]),
    ...products,
    ...(chunks === 1 ? [] : point),
    ...gradients,
    ...steps,
    ...bytes(...get(record), ...word(recordBytes), addWord, ...set(record)),
    ...bytes(...get(pairs), ...word(1), 0x6b, 0x22, pairs, 0x0d, 0),
    ...bytes(0x0b, 0x0b, 0x0b),
  ];
}

const addSingle = 0x92;
const multiplySingle = 0x94;
const addLanes = [0xfd, 0xe4, 0x01];
const multiplyLanes = [0xfd, 0xe6, 0x01];
const zeroLanes = [0xfd, 0x0c, ...new Array<number>(16).fill(0)];

function single(value: number): number[] {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return [0x43, ...[0, 1, 2, 3].map((at) => view.getUint8(at))];
}

function largestDivisor(blocks: number): number {
  for (let size = Math.min(mostBlocks, blocks); size > 1; size--) if (blocks % size === 0) return size;
  return 1;
}
