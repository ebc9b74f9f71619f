/** The gate's door, put together from its parts. */
import type { Workspace } from '../workspace.ts';
import { decisionDoor } from './decision-door.ts';
import type { GateDoor } from './gate-interface.ts';
import { lawDoor } from './law-door.ts';
import { overlayDoor } from './overlays/overlay-door.ts';

export function gateDoor(workspace: Workspace): GateDoor {
  return { ...decisionDoor(workspace), ...lawDoor(workspace), ...overlayDoor(workspace) };
}
