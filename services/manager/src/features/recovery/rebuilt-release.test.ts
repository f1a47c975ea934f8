import { commitMessage } from '@release-manager/config-repo';
import { newId } from '@release-manager/domain';
import { parseOid, type CommitInfo } from '@release-manager/git';
import { describe, expect, it } from 'vitest';

import { rebuiltRelease, rebuiltReleases } from './rebuilt-release.ts';
import { timeOfId } from './time-of-id.ts';

const requestedAt = new Date('2026-03-04T05:06:07.891Z');
const committedAt = new Date('2026-03-04T05:06:08Z');
const manager = { name: 'release-manager', email: 'release-manager@localhost', at: committedAt };
const ada = { name: 'Ada L.', email: 'ada@example.com' };
const id = newId('rel', requestedAt);
const artifactId = 'main-0123456789-abcdef0123';

const base = {
  environment: 'dev',
  service: 'web',
  artifactId,
  intent: 'branch',
  actorName: 'ada',
  releasedBy: ada,
} as const;
const facts = { ...base, releaseId: id };

function commitOf(message: string, oid = 'a'.repeat(40)): CommitInfo {
  return { oid: parseOid(oid), parents: [], author: { ...ada, at: committedAt }, committer: manager, message };
}

describe('timeOfId', () => {
  it('reads the time at which an id was made, to the millisecond', () => {
    expect(timeOfId(newId('rel', requestedAt))).toEqual(requestedAt);
    expect(timeOfId('rel_short')).toBeUndefined();
    expect(timeOfId(`rel_${'u'.repeat(26)}`)).toBeUndefined();
  });
});

describe('rebuiltRelease', () => {
  it('reads what the manager wrote', () => {
    expect(rebuiltRelease(commitOf(commitMessage({ ...facts, reason: 'fix' })))).toEqual({
      id,
      service: 'web',
      environment: 'dev',
      artifactId,
      intent: 'branch',
      actor: { kind: 'person', person: { id: 'ada', ...ada } },
      author: ada,
      reason: 'fix',
      commit: 'a'.repeat(40),
      requestedAt,
      committedAt,
    });
  });

  it.each([
    [
      'automation',
      { ...facts, intent: 'auto', policy: 'auto-release:main:dev', actorName: 'x' },
      { kind: 'automation', policy: 'auto-release:main:dev', author: ada },
    ],
    ['ADMIN_TOKEN', { ...facts, actorName: 'admin' }, { kind: 'admin' }],
    ['the manager', { ...facts, actorName: 'release-manager' }, { kind: 'manager' }],
  ] as const)('knows %s again', (_, input, actor) => {
    expect(rebuiltRelease(commitOf(commitMessage(input)))).toMatchObject({ actor });
  });

  it('takes a release without an artifact for an undeploy', () => {
    const { artifactId: _, ...undeploy } = facts;
    const release = rebuiltRelease(commitOf(commitMessage({ ...undeploy, intent: 'undeploy' })));
    expect(release).toMatchObject({ intent: 'undeploy', artifactId: undefined });
  });

  it('takes the time of the commit for an id that claims to come from later', () => {
    const forged = newId('rel', new Date('2126-01-01T00:00:00Z'));
    expect(rebuiltRelease(commitOf(commitMessage({ ...facts, releaseId: forged })))?.requestedAt).toEqual(committedAt);
  });

  it.each([
    ['a commit of a person', 'mend the policy\n'],
    [
      'a revert that quotes the trailers',
      `Revert "x"\n\n${commitMessage(facts).split('\n\n')[1] ?? ''}\n\nThis reverts commit ${'b'.repeat(40)}.\n`,
    ],
    ['a commit of Lunar', '[dev/web] release\n\nService: web\nEnvironment: dev\nArtifact-ID: master-1\n'],
    ['an id that is none of ours', commitMessage({ ...facts, releaseId: `rel_${'x'.repeat(27)}` })],
    ['a path for a name', commitMessage({ ...facts, service: '../../etc' })],
    ['an artifact that cannot be', commitMessage({ ...facts, artifactId: 'latest' })],
  ])('finds nothing in %s', (_, message) => {
    expect(rebuiltRelease(commitOf(message))).toBeUndefined();
  });
});

describe('rebuiltReleases', () => {
  it('puts the oldest first, and counts a commit that was picked again once', () => {
    const other = newId('rel', committedAt);
    const commits = [
      commitOf(commitMessage(facts), '3'.repeat(40)),
      commitOf(commitMessage({ ...facts, releaseId: other }), '2'.repeat(40)),
      commitOf(commitMessage(facts), '1'.repeat(40)),
    ];
    const found = rebuiltReleases(commits).map(({ id: each, commit }) => [each, commit]);
    expect(found).toEqual([
      [id, '1'.repeat(40)],
      [other, '2'.repeat(40)],
    ]);
  });
});
