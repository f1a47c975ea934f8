import { AppError } from '@release-manager/domain';

import { unlessGone, type Call, type GithubCalls } from './github-calls.ts';
import type { GithubRepository } from './github-repository.ts';
import type { Labels } from './label.ts';

export function createLabels(calls: GithubCalls): Labels {
  const call = (repository: GithubRepository, what: string, signal?: AbortSignal): Call => ({
    repository,
    what,
    permission: 'Pull requests: write',
    signal,
  });
  return {
    async of(repository, number, signal) {
      const asked = call(repository, `reading the labels of #${number}`, signal);
      const { data } = await calls.read(asked, (client, where) =>
        client.rest.issues.listLabelsOnIssue({ ...where, issue_number: number, per_page: 100 }),
      );
      return data.map(({ name }) => name);
    },
    async ensure(repository, { name, color, description }, signal) {
      const asked = call(repository, `asking for the label ${name}`, signal);
      const found = await unlessGone(
        calls.read(asked, (client, where) => client.rest.issues.getLabel({ ...where, name })),
      );
      if (found !== undefined) return;
      const made = calls.write(call(repository, `making the label ${name}`, signal), (client, where) =>
        client.rest.issues.createLabel({ ...where, name, color, description }),
      );
      await made.catch((error: unknown) => {
        // Somebody was faster. Whatever else is wrong with it is told when it is put on something.
        if (!(error instanceof AppError && error.code === 'github.invalid')) throw error;
      });
    },
    async add(repository, number, name, signal) {
      await calls.write(call(repository, `putting the label ${name} on #${number}`, signal), (client, where) =>
        client.rest.issues.addLabels({ ...where, issue_number: number, labels: [name] }),
      );
    },
    async remove(repository, number, name, signal) {
      await unlessGone(
        calls.write(call(repository, `taking the label ${name} off #${number}`, signal), (client, where) =>
          client.rest.issues.removeLabel({ ...where, issue_number: number, name }),
        ),
      );
    },
  };
}
