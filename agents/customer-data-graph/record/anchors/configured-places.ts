/** The places that cohortium.yaml names now, under the names that receipts have them by. A receipt of any other place says nothing of these. */
import { resolve } from 'node:path';

import type { Workspace } from '../../workspace.ts';
import type { AnchorReceipt } from '../anchor-interface.ts';
import type { LockConfig } from './anchor-config.ts';

interface ConfiguredPlace extends Pick<AnchorReceipt, 'kind' | 'place'> {
  /** For a person. */
  readonly name: string;
}

export function configuredPlaces(workspace: Pick<Workspace, 'config' | 'paths'>): readonly ConfiguredPlace[] {
  const { folder, objectLock, timestamp, witnesses } = workspace.config.anchors;
  const path = folderOf(workspace);
  const store = objectLock && storeId(objectLock);
  return [
    ...(timestamp ? [{ kind: 'timestamp', place: timestamp.url, name: `time stamps by ${timestamp.url}` } as const] : []),
    ...witnesses.map(({ url }) => ({ kind: 'witness', place: url, name: `witness ${url}` }) as const),
    ...(store === undefined ? [] : [{ kind: 'object-lock', place: store, name: store } as const]),
    ...(path === undefined ? [] : [{ kind: 'file', place: path, name: `folder ${folder}` } as const]),
  ];
}

export function isAt(receipt: AnchorReceipt, { kind, place }: Pick<AnchorReceipt, 'kind' | 'place'>): boolean {
  return receipt.kind === kind && receipt.place === place;
}

/** What the store calls itself once it is open. */
export function storeId(config: LockConfig): string {
  const container = config.kind === 'azure' ? config.container : config.bucket;
  return `${config.kind}:${container}${config.prefix === '' ? '' : `/${config.prefix}`}`;
}

/** Absolute. */
export function folderOf({ config, paths }: Pick<Workspace, 'config' | 'paths'>): string | undefined {
  const { folder } = config.anchors;
  return folder === undefined ? undefined : resolve(paths.directory, folder);
}
