import { gitHubError, notFound, ofRepository, ok, pageOf, textOf, unprocessable, type Answers } from './answer.ts';
import type { FakeCheckRun, FakeStatus } from './fake-state.ts';
import { renderCheckRun, renderStatus } from './render.ts';

const appOnly = gitHubError(403, 'You must authenticate via a GitHub App.');
const mostStatuses = 1000;
const longestText = 65_535;

export const checkAnswers: Answers = {
  'checks/create': ofRepository((repository, { body, who, world }) => {
    if (who !== 'installation') return appOnly;
    const sha = textOf(body, 'head_sha') ?? '';
    if (!repository.has(sha)) return gitHubError(422, `No commit found for SHA: ${sha}`);
    const name = textOf(body, 'name') ?? '';
    const run = { id: world.nextId(), sha, name, ...freshRun };
    const fault = change(run, body);
    if (fault !== undefined) return unprocessable(fault);
    repository.checkRuns.push(run);
    return ok(renderCheckRun(world, run), 201);
  }),

  'checks/update': ofRepository((repository, { params, body, who, world }) => {
    if (who !== 'installation') return appOnly;
    const run = repository.checkRuns.find(({ id }) => id === Number(params['check_run_id']));
    if (run === undefined) return notFound;
    const fault = change(run, body);
    return fault === undefined ? ok(renderCheckRun(world, run)) : unprocessable(fault);
  }),

  'checks/list-for-ref': ofRepository((repository, { params, query, world }) => {
    const sha = repository.resolve(params['ref'] ?? '');
    const name = query.get('check_name');
    const found = repository.checkRuns.filter((run) => run.sha === sha && (name === null || run.name === name));
    // `latest` is one of a name and App.
    const latest = query.get('filter') === 'all' ? found : [...new Map(found.map((run) => [run.name, run])).values()];
    const check_runs = pageOf(latest, query).map((run) => renderCheckRun(world, run));
    return ok({ total_count: latest.length, check_runs });
  }),

  'repos/create-commit-status': ofRepository((repository, { params, body, world }) => {
    const sha = params['sha'] ?? '';
    if (!repository.has(sha)) return gitHubError(422, `No commit found for SHA: ${sha}`);
    const context = textOf(body, 'context') ?? 'default';
    const description = textOf(body, 'description') ?? '';
    if (description.length > 140) return unprocessable('description is too long (maximum is 140 characters)');
    const before = repository.statuses.filter((status) => status.sha === sha && status.context === context);
    if (before.length >= mostStatuses)
      return unprocessable('This SHA and context has reached the maximum of statuses.');
    const state = textOf(body, 'state') ?? '';
    const status = { id: world.nextId(), sha, context, state, description, targetUrl: textOf(body, 'target_url') };
    repository.statuses.push(status);
    return ok(renderStatus(world, status, 'full'), 201);
  }),

  'repos/get-combined-status-for-ref': ofRepository((repository, { params, query, world }) => {
    const sha = repository.resolve(params['ref'] ?? '');
    if (sha === undefined) return notFound;
    const latest = new Map<string, FakeStatus>();
    for (const status of repository.statuses) if (status.sha === sha) latest.set(status.context, status);
    const statuses = pageOf([...latest.values()], query).map((status) => renderStatus(world, status, 'simple'));
    return ok({ ...world.schema.example('combined-commit-status'), sha, total_count: latest.size, statuses });
  }),
};

const freshRun = {
  status: 'queued',
  conclusion: undefined,
  title: '',
  summary: '',
  text: undefined,
  detailsUrl: '',
};

/** @returns what GitHub would not take. */
function change(run: FakeCheckRun, body: Readonly<Record<string, unknown>>): string | undefined {
  const given = (body['output'] ?? {}) as Readonly<Record<string, unknown>>;
  const conclusion = textOf(body, 'conclusion');
  const status = conclusion === undefined ? (textOf(body, 'status') ?? run.status) : 'completed';
  if (status === 'completed' && conclusion === undefined) return 'conclusion is missing';
  const output = {
    title: textOf(given, 'title') ?? run.title,
    summary: textOf(given, 'summary') ?? run.summary,
    text: textOf(given, 'text') ?? run.text,
  };
  if (Object.values(output).some((text) => (text ?? '').length > longestText)) return 'output is too long';
  Object.assign(run, output, { status, conclusion, detailsUrl: textOf(body, 'details_url') ?? run.detailsUrl });
  return undefined;
}
