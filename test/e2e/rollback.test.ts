import { setTimeout as wait } from 'node:timers/promises';

import { parseTrailers } from '@release-manager/config-repo';
import { createClient, listReleases, requestRollback, type ReleaseView } from '@release-manager/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { mainFile } from '../support/config-repo.ts';
import { startInstallation, type Installation } from '../support/installation.ts';
import { makeArtifact } from '../support/make-artifact.ts';

const adminToken = 'a-token-for-tests-only-0123456789';
const services = ['web', 'cart', 'pay'];
/** What main builds goes to production by itself. */
const straightToProd = (service: string): string =>
  `service: ${service}\npolicies:\n  - { kind: auto-release, branch: main, environment: prod }\n`;

let here: Installation;

beforeAll(async () => {
  const policies = services.map((service) => [`policies/${service}.yaml`, straightToProd(service)] as const);
  here = await startInstallation({ 'release-manager.yaml': mainFile, ...Object.fromEntries(policies) });
});
afterAll(() => here.stop());

const api = () => createClient({ url: here.url, token: adminToken });

async function releasesOf(service: string): Promise<readonly ReleaseView[]> {
  return (await api().call(listReleases, { service, environment: 'prod', limit: 100 })).items;
}

/** Until the automatic release of an artifact is in one of these states. */
async function untilAutomatic(service: string, artifact: string, ...states: readonly string[]): Promise<ReleaseView> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const release = (await releasesOf(service)).find((each) => each.automatic && each.artifact === artifact);
    if (release !== undefined && states.includes(release.state)) return release;
    if (Date.now() > deadline) throw new Error(`${artifact} is ${release?.state ?? 'not released'}`);
    await wait(50);
  }
}

/** A merge on main, until automation has done with it what it does. */
async function merge(service: string, run: number, ...states: readonly string[]): Promise<string> {
  const artifact = await makeArtifact({ service, branch: 'main', run });
  await here.client.upload(artifact);
  await untilAutomatic(service, artifact.spec.id, ...states);
  return artifact.spec.id;
}

async function inProduction(service: string): Promise<string> {
  const json = await here.git('show', `main:prod/releases/shop/${service}/artifact.json`);
  return (JSON.parse(json) as { id: string }).id;
}

async function state(environment: string, service: string): Promise<string> {
  return here.git('show', `main:state/${environment}/${service}.json`);
}

const rollback = (service: string, ...more: readonly string[]) =>
  here.admin(['rollback', 'prod', '--service', service, '--reason', 'carts are empty', ...more]);

describe('a bad release', () => {
  it('is rolled back, three more merges come, and production stays where the person put it until somebody resumes', async () => {
    const good = await merge('web', 1, 'committed');
    const bad = await merge('web', 2, 'committed');
    expect(await inProduction('web')).toBe(bad);

    const done = await rollback('web');
    expect(done.code).toBe(0);
    expect(done.stderr).toContain(`back to ${good} of main: "web: change 1"`);
    expect(done.stderr).toContain('holds automation in prod until somebody resumes it');
    expect(done.stderr).toContain('release-cli resume prod --service web');
    expect(await inProduction('web')).toBe(good);
    const message = await here.git('log', '-1', '--format=%B', 'main', '--', 'prod/releases/shop/web');
    expect(parseTrailers(message)).toMatchObject({ intent: 'rollback', reason: 'carts are empty', replaces: bad });
    expect(await state('prod', 'web')).toContain('carts are empty');
    expect(await state('dev', 'web')).toContain(bad);

    const merges = [
      await merge('web', 3, 'waiting'),
      await merge('web', 4, 'waiting'),
      await merge('web', 5, 'waiting'),
    ];
    expect(await inProduction('web')).toBe(good);
    const forbidden = await here.admin(['release', '--artifact', bad, 'prod', '--service', 'web']);
    expect(forbidden.code).toBe(5);
    expect(forbidden.stderr).toContain('quarantine');
    expect((await here.admin(['why', 'prod', '--service', 'web'])).stdout).toContain('carts are empty');
    const [, was] = (await releasesOf('web')).filter(({ committedAt }) => committedAt !== undefined);
    expect(was?.says).toMatch(/rolled back by rel_/);

    const resume = ['resume', 'prod', '--service', 'web'];
    const seen = await here.admin([...resume, '--dry-run']);
    for (const [index, id] of merges.entries()) expect(`${seen.stdout}${seen.stderr}`.includes(id)).toBe(index === 2);
    expect(await inProduction('web')).toBe(good);
    expect((await here.admin(resume)).code).toBe(0);
    await untilAutomatic('web', merges[2] ?? '', 'committed');
    expect(await inProduction('web')).toBe(merges[2]);
    const commits = await here.git('log', '--format=%B', 'main', '--', 'prod/releases/shop/web');
    for (const passedOver of merges.slice(0, 2)) expect(commits).not.toContain(passedOver);
  });

  it('is rolled back by two people who both saw it: one release, and the second is shown what the first did', async () => {
    const good = await merge('cart', 1, 'committed');
    const bad = await merge('cart', 2, 'committed');
    const seen = { service: 'cart', environment: 'prod', from: bad, reason: 'carts are empty' };
    const both = await Promise.all([api().call(requestRollback, seen), api().call(requestRollback, seen)]);
    expect(both.map(({ outcome }) => outcome).toSorted()).toEqual(['accepted', 'already-there']);
    expect(both[0].release?.id).toBe(both[1].release?.id);
    const followed = await here.admin(['follow', both[0].release?.id ?? '']);
    expect(followed.code).toBe(0);
    expect(await inProduction('cart')).toBe(good);
    expect((await releasesOf('cart')).filter(({ intent }) => intent === 'rollback')).toHaveLength(1);
    const late = await api().call(requestRollback, seen);
    expect(late).toMatchObject({ outcome: 'already-there', release: { id: both[0].release?.id } });
  });

  it('is rolled back in the middle of a burst', async () => {
    const good = await merge('pay', 1, 'committed');
    await merge('pay', 2, 'committed');
    const others = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const artifact = await makeArtifact({ service: `burst-${index}`, branch: 'main', run: 1 });
        await here.client.upload(artifact);
        return artifact.spec;
      }),
    );
    const burst = others.map(({ service, id }) =>
      here.client.release({ service, artifact: id, environments: ['prod', 'dev'], idempotencyKey: `burst-${service}` }),
    );
    const [done] = await Promise.all([rollback('pay'), ...burst]);
    expect(done.code).toBe(0);
    expect(await inProduction('pay')).toBe(good);
    await merge('pay', 3, 'waiting');
    expect(await inProduction('pay')).toBe(good);
  });
});
