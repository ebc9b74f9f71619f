/**
 * SVG to PNG, the same bytes on every machine: resvg as WebAssembly, and DejaVu Sans as the only font, so that nothing depends on what
 * is installed. Refuses what is no SVG.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { CohortiumError } from '../../../skills/sdk/index.ts';

let opened: Promise<{ readonly render: (svg: string, scale: number) => Uint8Array }> | undefined;

/**
 * @param svg a document with a width and a height
 * @param scale pixels per unit of the SVG, > 0; 2 reads well on a dense screen
 * @throws {CohortiumError} ARGUMENT_INVALID when it cannot be read as SVG
 */
export async function renderPng(svg: string, scale = 2): Promise<Uint8Array> {
  opened ??= openRenderer();
  const { render } = await opened;
  try {
    return render(svg, scale);
  } catch (cause) {
    throw new CohortiumError('ARGUMENT_INVALID', `a picture cannot be drawn: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}

async function openRenderer(): Promise<{ readonly render: (svg: string, scale: number) => Uint8Array }> {
  const { initWasm, Resvg } = await import('@resvg/resvg-wasm');
  const { resolve } = createRequire(import.meta.url);
  const [wasm, regular, bold] = await Promise.all([
    readFile(resolve('@resvg/resvg-wasm/index_bg.wasm')),
    readFile(resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')),
    readFile(resolve('dejavu-fonts-ttf/ttf/DejaVuSans-Bold.ttf')),
  ]);
  await initWasm(wasm);
  return {
    render: (svg, scale) => {
      const picture = new Resvg(svg, {
        fitTo: { mode: 'zoom', value: scale },
        font: { fontBuffers: [regular, bold], defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' },
      });
      try {
        const image = picture.render();
        try {
          return image.asPng();
        } finally {
          image.free();
        }
      } finally {
        picture.free();
      }
    },
  };
}
