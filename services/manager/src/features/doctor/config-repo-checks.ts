import { layout, type ConfigSnapshot } from '@release-manager/config-repo';
import type { DoctorCheck } from '@release-manager/contract';
import { isDnsLabel } from '@release-manager/domain';
import type { TreeEntry, TreeReader } from '@release-manager/git';

import type { ConfigRepo } from '../config-repo/index.ts';
import { failedCheck, listed, runCheck, type Finding } from './doctor-check.ts';

const name = 'config repo';

/** That it answers, may be pushed to, and holds what it should; what its files say wrong, with file and line. */
export async function checkConfigRepo(repo: ConfigRepo, description: string): Promise<DoctorCheck[]> {
  let snapshot: ConfigSnapshot;
  try {
    snapshot = await repo.refresh();
  } catch (error) {
    return [failedCheck(name, error)];
  }
  return [
    stateOf(snapshot, repo, description),
    ...(await runCheck('right to push', () => checkPush(repo))),
    ...problemChecks(snapshot),
    ...environmentChecks(snapshot),
    ...(await runCheck('folders', () => checkFolders(snapshot, repo.tree()))),
  ];
}

function stateOf(snapshot: ConfigSnapshot, repo: ConfigRepo, description: string): DoctorCheck {
  if (snapshot.initialised)
    return { name, status: 'ok', message: `${description}, at ${snapshot.commit.slice(0, 10)}` };
  const isEmpty = repo.mirror.tip() === undefined;
  return {
    name,
    status: 'failed',
    message: isEmpty
      ? `${description} is empty, or lacks the branch of CONFIG_REPO_BRANCH`
      : `${description} holds no release-manager.yaml`,
    next: `run \`release-cli init ${/^(?:https?|ssh):/.test(description) ? description : '<repository>'}\``,
  };
}

/**
 * Pushes the tip that is there already: the remote decides whether we may write, and no ref moves, whatever somebody else
 * pushes meanwhile. Hooks and branch protection speak only when a ref moves.
 */
async function checkPush(repo: ConfigRepo): Promise<Finding> {
  const tip = repo.mirror.tip();
  if (tip === undefined) return { status: 'ok', message: 'not tried: there is no commit yet' };
  const outcome = await repo.mirror.push(tip, tip);
  return outcome === 'unknown'
    ? { status: 'warning', message: 'the remote did not say whether we may push', next: 'run doctor again' }
    : { status: 'ok', message: 'the remote takes pushes of these credentials' };
}

function problemChecks(snapshot: ConfigSnapshot): DoctorCheck[] {
  return snapshot.problems.map(({ file, line, message, next, scope }) => ({
    name: `${file}:${line}`,
    status: scope.kind === 'nothing' ? 'warning' : 'failed',
    message,
    ...(next === undefined ? {} : { next }),
  }));
}

function environmentChecks(snapshot: ConfigSnapshot): DoctorCheck[] {
  if (!snapshot.initialised) return [];
  const names = snapshot.environments.map((environment) => {
    const marks = [environment.flux.layout, ...(environment.protected ? ['protected'] : [])];
    return `${environment.name} (${marks.join(', ')})`;
  });
  return [
    names.length > 0
      ? { name: 'environments', status: 'ok', message: names.join(', ') }
      : {
          name: 'environments',
          status: 'warning',
          message: 'none is declared',
          next: 'add one to release-manager.yaml',
        },
  ];
}

interface Folders {
  /** Environments that only the file knows, where Flux reads others. */
  readonly withoutFolder: readonly string[];
  /** Folders with releases that only the repository knows. */
  readonly undeclared: readonly string[];
  /** What lies where releases belong, and is none. */
  readonly strangers: readonly string[];
}

async function checkFolders(snapshot: ConfigSnapshot, tree: TreeReader | undefined): Promise<Finding> {
  if (tree === undefined || !snapshot.initialised) return { status: 'ok', message: 'there are none yet' };
  const declared = snapshot.environments.map((environment) => environment.name);
  return judgeFolders(await readFolders(tree, declared), declared);
}

async function readFolders(tree: TreeReader, declared: readonly string[]): Promise<Folders> {
  const withoutFolder: string[] = [];
  const strangers: string[] = [];
  for (const environment of declared) {
    if ((await tree.list(layout.cluster(environment))) === undefined) withoutFolder.push(environment);
    strangers.push(...(await strangersIn(tree, layout.releases(environment))));
  }
  const undeclared: string[] = [];
  const others = ((await tree.list('')) ?? []).filter(
    (entry) => entry.kind === 'folder' && !declared.includes(entry.name),
  );
  for (const { name: folder } of others)
    if ((await tree.list(layout.releases(folder))) !== undefined) undeclared.push(folder);
  // Where no environment has one, no cluster was ever connected, and none is missing.
  const connected = withoutFolder.length < declared.length;
  return { withoutFolder: connected ? withoutFolder : [], undeclared, strangers };
}

function judgeFolders({ withoutFolder, undeclared, strangers }: Folders, declared: readonly string[]): Finding {
  const says = [
    ...(withoutFolder.length === 0
      ? []
      : [`Flux reads nothing of ${listed(withoutFolder)}: it has no folder in clusters/`]),
    ...(undeclared.length === 0
      ? []
      : [`${listed(undeclared)} holds releases, and release-manager.yaml declares no such environment`]),
    ...(strangers.length === 0 ? [] : [`no release lies at ${listed(strangers)}`]),
  ];
  if (says.length === 0) return { status: 'ok', message: 'every environment has its folder, and nothing lies beside' };
  const init = `run \`release-cli init <repository> --environments ${declared.join(',')}\`: it adds what is missing`;
  return {
    status: 'warning',
    message: says.join('; '),
    next: withoutFolder.length > 0 ? init : 'declare the environment, or remove what belongs to none',
  };
}

/** `<namespace>/<service>/`, and nothing else. */
async function strangersIn(tree: TreeReader, releases: string): Promise<string[]> {
  const namespaces = (await tree.list(releases)) ?? [];
  const strangers = namespaces.filter((entry) => !isPlace(entry)).map((entry) => `${releases}/${entry.name}`);
  for (const namespace of namespaces.filter(isPlace)) {
    const path = `${releases}/${namespace.name}`;
    const services = (await tree.list(path)) ?? [];
    strangers.push(...services.filter((entry) => !isPlace(entry)).map((entry) => `${path}/${entry.name}`));
  }
  return strangers;
}

function isPlace(entry: TreeEntry): boolean {
  return entry.kind === 'folder' && isDnsLabel(entry.name);
}
