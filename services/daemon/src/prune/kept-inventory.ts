import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { ObjectRef } from '@release-manager/contract';
import { z } from 'zod';

/** The last inventory of a Kustomization, from before it was deleted. */
export const KeptInventory = z.object({
  object: ObjectRef,
  entries: z.array(z.object({ id: z.string(), version: z.string() })),
});
export type KeptInventory = z.infer<typeof KeptInventory>;

/**
 * One file per Kustomization, so that a deletion while no daemon runs still finds what the Kustomization had applied. A file
 * stays until everything in it is known to be gone.
 */
export class InventoryFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** All that can be read; a file that a crash cut off is written again when its Kustomization is seen. */
  readAll(): KeptInventory[] {
    return readdirSync(this.#folder).flatMap((name) => {
      if (!name.endsWith('.json')) return [];
      try {
        return [KeptInventory.parse(JSON.parse(readFileSync(join(this.#folder, name), 'utf8')))];
      } catch {
        return [];
      }
    });
  }

  write(kept: KeptInventory): void {
    const path = this.#path(kept.object.uid);
    writeFileSync(`${path}.new`, JSON.stringify(kept), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  remove(uid: string): void {
    rmSync(this.#path(uid), { force: true });
  }

  #path(uid: string): string {
    return join(this.#folder, `${uid.replaceAll(/[^\w-]/g, '_')}.json`);
  }
}
