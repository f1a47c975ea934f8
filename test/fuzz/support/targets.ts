import { isDeepStrictEqual } from 'node:util';

import { defaultArchiveLimits, readArchive } from '@release-manager/archive';
import { layout, parseConfig, policiesFor } from '@release-manager/config-repo';
import { ArtifactSpec, Branch } from '@release-manager/contract';
import { AppError } from '@release-manager/domain';
import { checkManifests, parseManifests, stampManifests, type ManifestProblem } from '@release-manager/manifests';
import { describePolicy, matchesBranch, parsePolicy } from '@release-manager/policies';

/** What is wrong with the answer to an input; `undefined` when nothing is. Throwing is wrong as well. */
export type Target = (input: Buffer) => Promise<string | undefined> | string | undefined;

const limits = { ...defaultArchiveLimits, totalBytes: 1024 * 1024, fileBytes: 512 * 1024, entries: 200 };
const scope = { environment: 'dev', service: 'web', namespace: 'shop', allowKinds: [] };
const stamp = { service: 'web', owner: 'shop', artifactId: 'main-0123456789-abcdef0123', releaseId: 'rel_1' };
const acting = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u;

const mainFile = Buffer.from('environments:\n  - { name: dev }\n  - { name: prod, protected: true }\n');

export const targets: Readonly<Record<string, Target>> = {
  async archive(input) {
    let bytes = 0;
    try {
      for (const { path, content } of await readArchive(input, limits)) {
        bytes += content.length;
        if (!/^(?:artifact\.json|[a-z0-9][-a-z0-9]*\/.+\.ya?ml)$/.test(path) || path.split('/').includes('..'))
          return `took the path ${JSON.stringify(path)}`;
      }
    } catch (error) {
      return error instanceof AppError && error.kind === 'invalid' ? undefined : `threw ${String(error)}`;
    }
    return bytes > limits.totalBytes ? `unpacked ${bytes} bytes` : undefined;
  },

  /** What is accepted can be stamped, is read again, and holds as many objects; a second stamp changes nothing. */
  manifest(input) {
    const parsed = parseManifests([{ path: 'a.yaml', content: input }]);
    const checked = checkManifests(parsed, scope);
    const shown = showsActing(checked.problems) ?? showsActing(checked.warnings);
    if (shown !== undefined || checked.problems.length > 0) return shown;
    const stamped = stampManifests(parsed, stamp);
    const again = parseManifests(stamped);
    const [broken] = again.problems;
    if (broken !== undefined) return `what was stamped cannot be read: ${broken.rule} ${broken.message}`;
    if (again.files[0]?.objects.length !== parsed.files[0]?.objects.length)
      return 'the stamp changed which objects there are';
    return isDeepStrictEqual(stampManifests(again, stamp), stamped)
      ? undefined
      : 'a second stamp changes the first one';
  },

  'artifact-json'(input) {
    const value = json(input);
    const parsed = ArtifactSpec.safeParse(value);
    if (!parsed.success) return undefined;
    const { service, source } = parsed.data;
    if (acting.test(service) || acting.test(source.branch)) return 'a name holds a character that acts';
    const back = ArtifactSpec.safeParse(JSON.parse(JSON.stringify(parsed.data)));
    return back.success && isDeepStrictEqual(back.data, parsed.data) ? undefined : 'reads differently the second time';
  },

  'main-file': (input) => readConfig(new Map([[layout.main, input]])),
  'people-file': (input) =>
    readConfig(
      new Map([
        [layout.main, mainFile],
        [layout.people, input],
      ]),
    ),
  'policy-file': (input) =>
    readConfig(
      new Map([
        [layout.main, mainFile],
        [layout.policyFile('web'), input],
        [layout.lunarPolicyFile('api'), input],
      ]),
    ),

  /** First line: a pattern; the others: branches. */
  'branch-pattern'(input) {
    const [pattern = '', ...branches] = input.toString('utf8').split('\n');
    for (const field of ['branch', 'branchRegex']) {
      const policy = accepted(() => parsePolicy({ kind: 'auto-release', [field]: pattern, environment: 'dev' }));
      if (policy === undefined) continue;
      if (acting.test(describePolicy(policy)) && field === 'branch') return 'a pattern holds a character that acts';
      for (const branch of branches.filter((one) => Branch.safeParse(one).success)) {
        const matches = matchesBranch(policy, branch);
        if (field === 'branch' && branch.length < 40 && matches !== matchesSlowly(pattern, branch))
          return `${JSON.stringify(pattern)} and ${JSON.stringify(branch)}: ${matches}`;
      }
    }
    return undefined;
  },
};

/** Whatever the bytes: a snapshot, whose problems stand in one line each and whose policies can be told. */
function readConfig(files: ReadonlyMap<string, Uint8Array>): string | undefined {
  const snapshot = parseConfig('c0ffee', files);
  for (const { message, line } of snapshot.problems) {
    if (acting.test(message)) return `a problem holds a character that acts: ${JSON.stringify(message)}`;
    if (!Number.isInteger(line) || line < 1) return `a problem stands in line ${line}`;
  }
  for (const service of ['web', 'api'])
    for (const { policy } of policiesFor(snapshot, service).policies) {
      describePolicy(policy);
      matchesBranch(policy, 'main');
    }
  return undefined;
}

function showsActing(problems: readonly ManifestProblem[]): string | undefined {
  const shown = problems.find(({ message }) => acting.test(message));
  return shown === undefined
    ? undefined
    : `${shown.rule} shows a character that acts: ${JSON.stringify(shown.message)}`;
}

function json(input: Buffer): unknown {
  try {
    return JSON.parse(input.toString('utf8'));
  } catch {
    return undefined;
  }
}

function accepted<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AppError && error.kind === 'invalid') return undefined;
    throw error;
  }
}

/** The glob by its definition, for short texts: each star tries every length. */
function matchesSlowly(pattern: string, text: string): boolean {
  if (pattern === '') return text === '';
  if (pattern.startsWith('*')) {
    const isDeep = pattern.startsWith('**');
    const rest = pattern.slice(isDeep ? 2 : 1);
    for (let length = 0; length <= text.length; length += 1) {
      if (!isDeep && text.slice(0, length).includes('/')) return false;
      if (matchesSlowly(rest, text.slice(length))) return true;
    }
    return false;
  }
  return text.startsWith(pattern.charAt(0)) && matchesSlowly(pattern.slice(1), text.slice(1));
}
