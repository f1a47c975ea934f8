import { execFile } from 'node:child_process';
import { copyFile, mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

import {
  buildGoTool,
  exists,
  findGoTool,
  goModuleFolder,
  goToolHome,
  inPath,
  isExecutable,
  makeOnce,
  type GoTool,
} from '../go-tool/index.ts';

const run = promisify(execFile);

const programNames = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
  'source-controller',
  'kustomize-controller',
  'notification-controller',
  'source-watcher',
] as const;
export type ProgramName = (typeof programNames)[number];

/** Folders with the definitions of custom resources that belong to the pinned programs. */
const definitionNames = [
  'kwok',
  'source-controller',
  'kustomize-controller',
  'notification-controller',
  'source-watcher',
] as const;
type DefinitionName = (typeof definitionNames)[number];

/** Everything that a cluster is made of, as paths. */
export interface Programs {
  readonly program: Readonly<Record<ProgramName, string>>;
  /** Folders of YAML files. */
  readonly definitions: Readonly<Record<DefinitionName, string>>;
  /** kwok's own stages for nodes. */
  readonly nodeStages: string;
}

interface Pin extends GoTool {
  readonly name: ProgramName;
  /** What `--version` says of one that may be taken from the machine instead; without it only the pinned one will do. */
  readonly accepts?: RegExp;
}

/** Ten times what it takes on two idle cores. */
const timeoutMs = 30 * 60_000;

const kubernetes = /^Kubernetes v1\.36\./m;
const pins: readonly Pin[] = [
  pin('kubernetes', 'etcd', 'go.etcd.io/etcd/server/v3', /^etcd Version: 3\.6\./m),
  {
    ...pin('kubernetes', 'kube-apiserver', 'k8s.io/kubernetes/cmd/kube-apiserver', kubernetes),
    // Charts ask for it.
    version: { variable: 'k8s.io/component-base/version.gitVersion', module: 'k8s.io/kubernetes' },
  },
  pin('kubernetes', 'kube-controller-manager', 'k8s.io/kubernetes/cmd/kube-controller-manager', kubernetes),
  pin('kubernetes', 'kube-scheduler', 'k8s.io/kubernetes/cmd/kube-scheduler', kubernetes),
  pin('kwok', 'kwok', 'sigs.k8s.io/kwok/cmd/kwok'),
  pin('kustomize-controller', 'kustomize-controller', 'github.com/fluxcd/kustomize-controller'),
  pin('source-controller', 'source-controller', 'github.com/fluxcd/source-controller'),
  pin('notification-controller', 'notification-controller', 'github.com/fluxcd/notification-controller'),
  pin('source-watcher', 'source-watcher', 'github.com/fluxcd/source-watcher/v2/cmd'),
];

function pin(component: string, name: ProgramName, main: string, accepts?: RegExp): Pin {
  return {
    name,
    package: main,
    folder: componentFolder(component),
    timeoutMs,
    ...(accepts === undefined ? {} : { accepts }),
  };
}

function componentFolder(component: string): string {
  return join(import.meta.dirname, '..', '..', 'tools', component);
}

/** YAML out of a module's source, kept beside the programs so that they need no Go once they are built. */
interface Asset {
  readonly component: string;
  readonly module: string;
  readonly from: string;
}

const definitions: Readonly<Record<DefinitionName, Asset>> = {
  kwok: asset('kwok', 'sigs.k8s.io/kwok', 'kustomize/crd/bases'),
  'source-controller': asset('source-controller', 'github.com/fluxcd/source-controller'),
  'kustomize-controller': asset('kustomize-controller', 'github.com/fluxcd/kustomize-controller'),
  'notification-controller': asset('notification-controller', 'github.com/fluxcd/notification-controller'),
  'source-watcher': asset('source-watcher', 'github.com/fluxcd/source-watcher/v2'),
};
const nodeStages = asset('kwok', 'sigs.k8s.io/kwok', 'kustomize/stage/node/fast');

function asset(component: string, module: string, from = 'config/crd/bases'): Asset {
  return { component, module, from };
}

/** What is needed for a cluster to run here, or `undefined` when it can. */
export async function whyNoCluster(): Promise<string | undefined> {
  if (await isBuilt()) return undefined;
  if ((await inPath('go')) === undefined) {
    return 'needs Go 1.26 in PATH to build Kubernetes and Flux once: https://go.dev/doc/install';
  }
  const { stdout } = await run('go', ['version'], { env: { ...process.env, GOTOOLCHAIN: 'local' } });
  const [, minor = '0'] = /\bgo1\.(\d+)/.exec(stdout) ?? [];
  return Number(minor) >= 26 ? undefined : `needs Go 1.26 or newer, and this is ${stdout.trim()}: https://go.dev/dl`;
}

async function isBuilt(): Promise<boolean> {
  const assets = await Promise.all([...Object.values(definitions), nodeStages].map(assetFolder));
  const built = await Promise.all(pins.map(findProgram));
  const copied = await Promise.all(assets.map((path) => exists(path)));
  return built.every((path) => path !== undefined) && copied.every(Boolean);
}

/**
 * Finds the programs, and builds what is missing: twelve minutes on two cores from nothing, minutes less from a warm Go cache,
 * no time when the pins have not changed.
 * @param say is told of each build before it begins.
 * @param signal ends the build under way; what was finished stays.
 */
export async function preparePrograms(
  say: (line: string) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Programs> {
  const paths: [ProgramName, string][] = [];
  for (const one of pins) {
    const found = await findProgram(one);
    if (found === undefined) say(`building ${one.name} (${paths.length + 1} of ${pins.length})`);
    paths.push([one.name, found ?? (await buildGoTool(one, signal))]);
  }
  const folders: [DefinitionName, string][] = [];
  for (const name of definitionNames) folders.push([name, await prepareAsset(definitions[name])]);
  return {
    program: Object.fromEntries(paths) as Programs['program'],
    definitions: Object.fromEntries(folders) as Programs['definitions'],
    nodeStages: await prepareAsset(nodeStages),
  };
}

/** What the person has installed counts only where it says that its version is one we know to work. */
async function findProgram(one: Pin): Promise<string | undefined> {
  const { accepts } = one;
  const assets = process.env['KUBEBUILDER_ASSETS'];
  const candidates =
    accepts === undefined ? [] : [assets === undefined ? [] : join(assets, one.name), await inPath(one.name)];
  for (const path of candidates.flat()) {
    if (path !== undefined && accepts !== undefined && (await isExecutable(path)) && accepts.test(await version(path)))
      return path;
  }
  return findGoTool(one);
}

async function version(path: string): Promise<string> {
  return run(path, ['--version'], { timeout: 10_000 }).then(
    ({ stdout }) => stdout,
    () => '',
  );
}

async function assetFolder({ component, from }: Asset): Promise<string> {
  return join(await goToolHome(componentFolder(component)), from.replaceAll('/', '-'));
}

async function prepareAsset(one: Asset): Promise<string> {
  const folder = await assetFolder(one);
  await makeOnce(folder, async (unfinished) => {
    const source = join(await goModuleFolder(componentFolder(one.component), one.module), one.from);
    await mkdir(unfinished);
    // File by file, because the folders of Go's cache may not be written to, nor copies that keep their mode.
    for (const file of await readdir(source)) {
      if (file.endsWith('.yaml') && file !== 'kustomization.yaml')
        await copyFile(join(source, file), join(unfinished, file));
    }
  });
  return folder;
}
