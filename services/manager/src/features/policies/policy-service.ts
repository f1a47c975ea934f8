import {
  applyPolicy,
  convertLunarPolicies,
  deletePolicy,
  layout,
  oneLine,
  parseConfig,
  policiesFor,
  type ConfigSnapshot,
  type LocatedPolicy,
  type PolicyEdit,
} from '@release-manager/config-repo';
import { actorName, AppError, compact, type Actor, type GitIdentity } from '@release-manager/domain';
import type { Oid, TreeReader } from '@release-manager/git';
import { parsePolicy, policyConflicts, policyId } from '@release-manager/policies';
import type { Database } from '@release-manager/postgres';

import { editConfigRepo, notInitialised, type ConfigRepo, type EditPlanner } from '../config-repo/index.ts';
import { appendLedger } from '../ledger/index.ts';
import { authorOf } from '../releases/index.ts';

export interface PolicyServiceDeps {
  readonly database: Database;
  readonly repo: ConfigRepo;
  /** The manager's own identity in commits. */
  readonly identity: GitIdentity;
  readonly now: () => Date;
}

export interface PolicyChange {
  readonly commit: string | undefined;
  readonly policy: LocatedPolicy | undefined;
}

/**
 * Edits the policy file of a service by a commit of whoever asked. The file is the truth: an edit that stands there already
 * is no change, so a request whose answer was lost can be sent again.
 */
export class PolicyService {
  readonly #deps: PolicyServiceDeps;

  constructor(deps: PolicyServiceDeps) {
    this.#deps = deps;
  }

  /** @throws AppError invalid `policy.invalid`, `policy.file-broken`; conflict `policy.conflict`, `config-repo.busy` */
  async apply(actor: Actor, service: string, raw: Readonly<Record<string, unknown>>): Promise<PolicyChange> {
    const policy = parsePolicy(raw);
    const id = policyId(policy);
    return this.#edit(actor, service, {
      words: `apply ${id}`,
      kind: 'policy.applied',
      edit: (text) => applyPolicy(text, service, policy),
      check: (snapshot) => assertNoConflict(snapshot, service, id),
      id,
    });
  }

  /** @throws AppError not-found `policy.not-found`, with where a global one stands */
  async delete(actor: Actor, service: string, id: string): Promise<PolicyChange> {
    return this.#edit(actor, service, {
      words: `delete ${id}`,
      kind: 'policy.deleted',
      edit: (text) => {
        const global = this.#deps.repo.snapshot().globalPolicies.find((policy) => policy.id === id);
        if (text === undefined) throw noSuchPolicy(service, id, global);
        return deletePolicy(text, id);
      },
      check: () => undefined,
      id,
    });
  }

  async #edit(actor: Actor, service: string, change: Change): Promise<PolicyChange> {
    const { repo, identity, now } = this.#deps;
    const at = now();
    const { commit, result } = await editConfigRepo(repo, {
      plan: planEdit(actor, service, change),
      author: { ...authorOf(actor, identity), at },
      committer: { ...identity, at },
      // The record of who asked has to be there before the rule can be: a process that dies after the push adds nothing more.
      beforePush: (pushed, { line }) => this.#append({ actor, service, change, line, commit: pushed }, 'policy.asked'),
    });
    if (commit !== undefined) await this.#append({ actor, service, change, line: result.line, commit }, change.kind);
    const policy = repo
      .snapshot()
      .servicePolicies.get(service)
      ?.find((each) => each.id === change.id);
    return { commit, policy };
  }

  async #append(entry: Entry, kind: 'policy.asked' | Change['kind']): Promise<void> {
    const { actor, service, change, line, commit } = entry;
    const place = `${layout.policyFile(service)}, line ${line}`;
    const what = kind === 'policy.asked' ? `asks to ${change.words}` : change.words;
    await this.#deps.database.transaction((tx) =>
      appendLedger(tx, {
        kind,
        actor,
        service,
        cause: `${actorName(actor)} ${what} in ${place}, commit ${commit.slice(0, 10)}`,
        details: { policy: change.id, commit },
        at: this.#deps.now(),
      }),
    );
  }
}

interface Entry {
  readonly actor: Actor;
  readonly service: string;
  readonly change: Change;
  readonly line: number;
  readonly commit: Oid;
}

interface Change {
  readonly id: string;
  readonly kind: 'policy.applied' | 'policy.deleted';
  readonly words: string;
  readonly edit: (text: string | undefined) => PolicyEdit;
  /** Throws when what would stand there then cannot stand. */
  readonly check: (after: ConfigSnapshot) => void;
}

function planEdit(actor: Actor, service: string, change: Change): EditPlanner<PolicyEdit> {
  return async (tree) => {
    const path = layout.policyFile(service);
    const lunarPath = layout.lunarPolicyFile(service);
    const files = await tree.readMany([layout.main, layout.people, path, lunarPath]);
    if (!files.has(layout.main)) throw notInitialised();
    // A file of Lunar is read as it is; the first edit turns it into one of ours, since two files would contradict.
    const lunar = files.get(lunarPath);
    files.delete(lunarPath);
    const before = files.get(path)?.toString('utf8') ?? (lunar && convertLunarPolicies(lunar, service));
    const edited = change.edit(before);
    if (edited.changed) change.check(snapshotWith(files, path, edited.text));
    return {
      edits: edited.changed
        ? [
            { kind: 'put', path, content: Buffer.from(edited.text) },
            { kind: 'remove', path: lunarPath },
          ]
        : [],
      message: `[${service}] policy: ${oneLine(change.words)} by ${oneLine(actorName(actor))}\n`,
      result: edited,
    };
  };
}

function snapshotWith(files: Awaited<ReturnType<TreeReader['readMany']>>, path: string, text: string): ConfigSnapshot {
  return parseConfig('', new Map([...files, [path, Buffer.from(text)]]));
}

/** A rule that can never have its way is refused at the door; two that stand in the files already are told of by `why`. */
function assertNoConflict(snapshot: ConfigSnapshot, service: string, id: string): void {
  const { policies, broken } = policiesFor(snapshot, service);
  const conflict = policyConflicts(policies).find(({ rules }) => rules.some((rule) => rule.id === id));
  if (conflict !== undefined) {
    throw new AppError('conflict', 'policy.conflict', conflict.message, { next: conflict.next });
  }
  const problem = broken[0];
  if (problem !== undefined) {
    const where = `${problem.file}:${problem.line}`;
    throw new AppError('invalid', 'policy.invalid', `${where} ${problem.message}`, compact({ next: problem.next }));
  }
}

function noSuchPolicy(service: string, id: string, global: LocatedPolicy | undefined): AppError {
  return new AppError(
    'not-found',
    'policy.not-found',
    `${layout.policyFile(service)} holds no rule ${JSON.stringify(id)}.`,
    {
      next:
        global === undefined
          ? `list the rules with \`release-cli policy list --service ${service}\``
          : `it is a global rule, in ${global.file} line ${global.line}; edit it there`,
    },
  );
}
