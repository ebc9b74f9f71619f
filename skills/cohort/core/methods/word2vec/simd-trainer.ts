/** Training by WebAssembly where the engine has SIMD, in plain JavaScript elsewhere; both leave the same bytes. */
import { emitKernel } from './emit-kernel.ts';
import { scalarTrainer, type Train, type TrainerLayout, type TrainerMemory } from './trainer.ts';

// What of WebAssembly is used here; neither the language's library nor Node's types declare it.
declare const WebAssembly:
  | {
      readonly validate: (bytes: Uint8Array) => boolean;
      readonly Memory: new (size: { readonly initial: number; readonly maximum: number }) => { readonly buffer: ArrayBuffer };
      readonly Module: new (bytes: Uint8Array) => object;
      readonly Instance: new (module: object, imports: object) => { readonly exports: { readonly train: Train } };
    }
  | undefined;

export interface Trainer {
  readonly memory: TrainerMemory;
  readonly train: Train;
}

export type MakeTrainer = (layout: TrainerLayout) => Trainer;

const pageBytes = 65_536;

export function fastestTrainer(layout: TrainerLayout): Trainer {
  const pages = Math.ceil(layout.bytes / pageBytes);
  const bytes = emitKernel(layout, pages);
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(bytes)) return plainTrainer(layout);
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  const { train } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
  return { memory: { ...layout, buffer: memory.buffer }, train };
}

export function plainTrainer(layout: TrainerLayout): Trainer {
  const memory = { ...layout, buffer: new ArrayBuffer(layout.bytes) };
  return { memory, train: scalarTrainer(memory) };
}
