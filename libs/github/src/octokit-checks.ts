import type { CheckContent, CheckRun, CheckRuns, CommitStatuses } from './check-run.ts';
import { maxDescriptionLength } from './deployment.ts';
import type { GithubSelf } from './github-api.ts';
import { assertSha, cut, unlessGone, type Call, type GithubCalls } from './github-calls.ts';
import type { GithubRepository } from './github-repository.ts';

interface CheckAnswer {
  readonly id: number;
  readonly conclusion: string | null;
  readonly output: { readonly title: string | null; readonly summary: string | null };
}

const maxTitle = 255;
const maxText = 65_535;

export function createCheckRuns(calls: GithubCalls, self: (signal?: AbortSignal) => Promise<GithubSelf>): CheckRuns {
  const call = (repository: GithubRepository, what: string, signal?: AbortSignal): Call => ({
    repository,
    what,
    permission: 'Checks: write',
    signal,
  });
  return {
    async find(repository, { sha, name }, signal) {
      assertSha(sha);
      const { login } = await self(signal);
      const { data } = await calls.read(call(repository, `looking for the check ${name}`, signal), (client, where) =>
        client.rest.checks.listForRef({ ...where, ref: sha, check_name: name, filter: 'latest', per_page: 100 }),
      );
      const own = data.check_runs.filter(({ app }) => `${app?.slug ?? ''}[bot]` === login);
      const [latest] = own.toSorted((a, b) => b.id - a.id);
      return latest === undefined ? undefined : checkRunOf(latest);
    },
    async create(repository, run, signal) {
      assertSha(run.sha);
      const { data } = await calls.write(call(repository, `making the check ${run.name}`, signal), (client, where) =>
        client.rest.checks.create({ ...where, name: run.name, head_sha: run.sha, ...contentOf(run) }),
      );
      return checkRunOf(data);
    },
    async update(repository, id, content, signal) {
      const changed = await unlessGone(
        calls.write(call(repository, `changing the check run ${id}`, signal), (client, where) =>
          client.rest.checks.update({ ...where, check_run_id: id, ...contentOf(content) }),
        ),
      );
      return changed === undefined ? undefined : checkRunOf(changed.data);
    },
  };
}

export function createCommitStatuses(calls: GithubCalls): CommitStatuses {
  const call = (repository: GithubRepository, what: string, signal?: AbortSignal): Call => ({
    repository,
    what,
    permission: 'Commit statuses: write',
    signal,
  });
  return {
    async find(repository, { sha, context }, signal) {
      assertSha(sha);
      const { data } = await calls.read(
        call(repository, `looking for the status ${context}`, signal),
        (client, where) => client.rest.repos.getCombinedStatusForRef({ ...where, ref: sha, per_page: 100 }),
      );
      const found = data.statuses.find((status) => status.context === context);
      if (found === undefined) return undefined;
      const { description, target_url } = found;
      return { state: stateOf(found.state), description: description ?? '', targetUrl: target_url ?? undefined };
    },
    async set(repository, { sha, context, state, description, targetUrl }, signal) {
      assertSha(sha);
      await calls.write(call(repository, `telling the status ${context}`, signal), (client, where) =>
        client.rest.repos.createCommitStatus({
          ...where,
          sha,
          context,
          state,
          description: cut(description, maxDescriptionLength),
          ...(targetUrl === undefined ? {} : { target_url: targetUrl }),
        }),
      );
    },
  };
}

function contentOf({ title, summary, text, conclusion, detailsUrl }: CheckContent) {
  return {
    details_url: detailsUrl,
    output: {
      title: cut(title, maxTitle),
      summary: cut(summary, maxText),
      ...(text === undefined ? {} : { text: cut(text, maxText) }),
    },
    ...(conclusion === undefined
      ? ({ status: 'in_progress' } as const)
      : ({ status: 'completed', conclusion } as const)),
  };
}

function checkRunOf({ id, conclusion, output }: CheckAnswer): CheckRun {
  return {
    id,
    conclusion: conclusion ?? undefined,
    title: output.title ?? undefined,
    summary: output.summary ?? undefined,
  };
}

function stateOf(state: string): 'error' | 'failure' | 'pending' | 'success' {
  return state === 'error' || state === 'failure' || state === 'success' ? state : 'pending';
}
