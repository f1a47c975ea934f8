import { layout, parseStateFile, stateActor, type StateFile } from '@release-manager/config-repo';
import { isDnsLabel, type Actor } from '@release-manager/domain';
import type { TreeReader } from '@release-manager/git';
import type { Db } from '@release-manager/postgres';

import { appendLedger } from '../ledger/index.ts';
import { HoldStore } from './hold-store.ts';
import { keyOf, type Target } from './hold.ts';
import { QuarantineStore } from './quarantine-store.ts';
import { StateFileStore, type KnownFile } from './state-file-store.ts';

/** A file below `state/`, as it stands on a tip. */
export interface FoundState extends Target {
  readonly state: StateFile | { readonly problem: string };
}

const manager: Actor = { kind: 'manager' };

/** What the files of the config repo say of holds and quarantines; one request to the remote. */
export async function readStateFiles(tree: TreeReader): Promise<readonly FoundState[]> {
  const folders = ((await tree.list(layout.states)) ?? []).filter(
    ({ name, kind }) => kind === 'folder' && isDnsLabel(name),
  );
  const targets: Target[] = [];
  for (const { name: environment } of folders) {
    const files = (await tree.list(`${layout.states}/${environment}`)) ?? [];
    const services = files
      .filter(({ kind }) => kind === 'file')
      .map(({ name }) => /^(.+)\.json$/.exec(name)?.[1] ?? '');
    targets.push(...services.filter(isDnsLabel).map((service) => ({ environment, service })));
  }
  const pathOf = ({ environment, service }: Target): string => layout.state(environment, service);
  const contents = await tree.readMany(targets.map(pathOf), { onTooLarge: 'skip' });
  return targets.map((target) => ({ ...target, state: stateAt(target, contents.get(pathOf(target))) }));
}

function stateAt({ environment, service }: Target, content: Uint8Array | undefined): FoundState['state'] {
  if (content === undefined) return { problem: 'it is too large' };
  const state = parseStateFile(content);
  if ('problem' in state || (state.environment === environment && state.service === service)) return state;
  return { problem: `it speaks of ${state.service} in ${state.environment}` };
}

/**
 * Makes the database know what the files say and it has forgotten: a file that counts more changes than its rows were written by
 * somebody who knew more. What was set since the loss stays. A file that cannot be read, of a target of which nothing is known,
 * holds that target: nobody knows what it kept back. Safe to run again.
 * @returns the targets that were restored
 */
export async function restoreStops(tx: Db, found: readonly FoundState[], at: Date): Promise<readonly Target[]> {
  if (found.length === 0) return [];
  const known = await new StateFileStore(tx).lock(found);
  const restored: Target[] = [];
  for (const each of found) if (await restoreOne(tx, each, { known: known.get(keyOf(each)), at })) restored.push(each);
  return restored;
}

interface Memory {
  readonly known: KnownFile | undefined;
  readonly at: Date;
}

async function restoreOne(
  tx: Db,
  { environment, service, state }: FoundState,
  { known, at }: Memory,
): Promise<boolean> {
  const target = { environment, service };
  if ('problem' in state) {
    if (known === undefined) await holdUnreadable(tx, target, state.problem, at);
    return known === undefined;
  }
  if (known !== undefined && known.version >= state.version) return false;
  await putBack(tx, target, { state, keep: known?.isBehind === true, at });
  return true;
}

interface PutBack {
  readonly state: StateFile;
  /** What is in the database was set after the loss, and goes before what the file says. */
  readonly keep: boolean;
  readonly at: Date;
}

async function putBack(tx: Db, target: Target, { state, keep, at }: PutBack): Promise<void> {
  const holds = new HoldStore(tx);
  const quarantines = new QuarantineStore(tx);
  const files = new StateFileStore(tx);
  if (!keep) {
    await holds.removeFirm(target);
    await quarantines.removeFirm(target);
  }
  const isHeld = keep && (await holds.allOf(target)).length > 0;
  const there = keep ? await quarantines.artifactsOf(target) : new Set<string>();
  if (state.hold !== undefined && !isHeld) {
    const { until } = state.hold;
    await holds.restore({
      ...target,
      ...factsOf(state.hold),
      ...(until === undefined ? {} : { until: new Date(until) }),
    });
  }
  const missing = state.quarantines.filter(({ artifact }) => !there.has(artifact));
  await quarantines.restore(missing.map((each) => ({ ...target, artifactId: each.artifact, ...factsOf(each) })));
  await files.restored(target, state.version, at);
  // Both together are what no file says yet.
  if (keep) await files.changed([{ ...target, actor: manager }], at);
  await appendLedger(tx, {
    kind: 'hold.restored',
    actor: manager,
    ...target,
    cause: `the database had forgotten what stops releases of ${target.service} to ${target.environment}; read again from ${layout.state(target.environment, target.service)}: ${words(state)}`,
    details: { hold: state.hold !== undefined, quarantines: state.quarantines.map(({ artifact }) => artifact) },
    at,
  });
}

function factsOf({ reason, by, since, release }: StateFile['quarantines'][number] | NonNullable<StateFile['hold']>) {
  const releaseId = release === undefined ? {} : { releaseId: release };
  return { reason, actor: stateActor(by), since: new Date(since), ...releaseId };
}

function words({ hold, quarantines }: StateFile): string {
  const held = hold === undefined ? 'no hold' : `a hold (${hold.reason})`;
  return `${held}, ${quarantines.length} quarantined`;
}

async function holdUnreadable(tx: Db, target: Target, problem: string, at: Date): Promise<void> {
  const file = layout.state(target.environment, target.service);
  const reason = `${file} cannot be read (${problem}), so nobody knows what it kept back; see \`git log -p -- ${file}\` in the config repo`;
  await new HoldStore(tx).set({ ...target, reason, actor: manager, at });
  await new StateFileStore(tx).changed([{ ...target, actor: manager, reason }], at);
  await appendLedger(tx, {
    kind: 'hold.set',
    actor: manager,
    ...target,
    cause: `the manager held ${target.environment}: ${reason}`,
    details: { reason },
    at,
  });
}
