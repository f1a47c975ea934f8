import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { createClient } from '@release-manager/contract';
import { z } from 'zod';

import { checkoutChannel } from '../platforms.ts';
import type { Person } from '../processes/person.ts';
import { shopServices } from '../shop/catalogue.ts';
import { expectCode, show, wordsOf, type Cast, type Clusters, type Story } from './story.ts';

const Readiness = z.object({
  checks: z.array(z.object({ name: z.string(), message: z.string(), next: z.string().optional() })),
});

/** An empty repository becomes the config repo: by the command that a user runs, with their own git. */
export async function initialise(story: Story): Promise<void> {
  const { stage, narrator, expect } = story;
  const before = await readiness(stage.managerUrl);
  narrator.typed(`curl ${stage.managerUrl}/readyz`);
  narrator.answered(before);
  expect.that('an empty config repo names the way out', before.includes('run release-cli init'), before);
  await show(story, stage.cli(stage.grace.home), `init ${stage.hosting.url} ${stage.kind.initOptions}`.trimEnd());
  const files = (await stage.repo('ls-tree', '-r', '--name-only', 'main')).trim().split('\n');
  expect.equal('the files of a new config repo', files, [
    'README.md',
    'clusters/dev/flux-system/sync.yaml',
    'clusters/prod/flux-system/sync.yaml',
    'clusters/staging/flux-system/sync.yaml',
    'people.yaml',
    'release-manager.yaml',
  ]);
}

/** Tokens for an administrator, two developers and CI. A token says who somebody is; what they may do stands in git. */
export async function handOutTokens(story: Story): Promise<Cast> {
  const { stage } = story;
  const { grace, ada, sam } = stage;
  const personal = ({ name, email }: Person, id: string): string => `--person ${id} --name "${name}" --email ${email}`;
  const graceToken = await makeToken(story, `admin ${personal(grace, 'grace')}`);
  const adaToken = await makeToken(story, `personal ${personal(ada, 'ada')}`);
  const samToken = await makeToken(story, `personal ${personal(sam, 'sam')}`);
  const ciToken = await makeToken(story, 'ci --name shop --services * --branches **');
  return {
    grace: stage.cli(grace.home, graceToken),
    ada: stage.cli(ada.home, adaToken),
    sam: stage.cli(sam.home, samToken),
    ci: stage.cli(join(stage.folder, 'ci'), ciToken),
    graceToken,
    manager: createClient({ url: stage.managerUrl, token: adaToken }),
  };
}

async function makeToken(story: Story, words: string): Promise<string> {
  const { stage, narrator } = story;
  narrator.typed(`release-cli token create ${words}`);
  const result = await stage.admin(['token', 'create', ...wordsOf(words)]);
  expectCode(story, `token create ${words}`, result);
  return result.stdout.trim();
}

/** A pause that asks for an explanation. */
const patienceMs = 2_000;

/** Starts a cluster for dev and one for prod, with the real daemon in each. @returns what resolves when they are up. */
export async function startClusters(story: Story): Promise<() => Promise<Clusters>> {
  const { stage, narrator } = story;
  narrator.say(stage.kind.plainly);
  const devToken = await makeToken(story, 'daemon --env dev');
  const prodToken = await makeToken(story, 'daemon --env prod');
  const starting = Promise.all([stage.clusters.start('dev', devToken), stage.clusters.start('prod', prodToken)]);
  // Whoever waits for them hears of it.
  starting.catch(() => undefined);
  narrator.say('They come up while we go on. staging has none, to show what that looks like.');
  return async () => {
    const patience = setTimeout(() => narrator.say('\n   The clusters are still coming up.'), patienceMs);
    const [dev, prod] = await starting.finally(() => clearTimeout(patience));
    return { dev, prod };
  };
}

/** Rules and rights by a git push, as for any other repository, and one more rule by the command line. */
export async function setRules(story: Story, { grace }: Cast): Promise<void> {
  const { stage, narrator, expect } = story;
  narrator.say(
    'Grace says who is who, who may do what, that prod takes main only, and that main goes to dev by itself',
  );
  await pushRulesAndRights(story);
  narrator.say('For web she says so by the command line, which makes the same commit');
  await show(story, grace, 'policy apply auto-release --branch main --env dev --service web');
  await show(story, grace, 'policy list --service web');
  const rules = await stage.repo('show', 'main:policies/web.yaml');
  expect.that('the rule of web stands in its file', /auto-release.*main.*dev/s.test(rules), rules);
}

/** Who may do what is asked before anybody tries. */
export async function askForRights(story: Story, { ada, sam }: Cast): Promise<void> {
  const { narrator, expect } = story;
  const line = 'can-i release prod --service cart';
  narrator.say('Ada asks:');
  const yes = await show(story, ada, line);
  expect.that('ada may, by a line of a file', /^yes.*release-manager\.yaml:\d+/s.test(yes.stdout), yes.stdout);
  narrator.say('Sam asks:');
  const no = await show(story, sam, line, { code: 5 });
  expect.that('sam may not, and the line is named', /^no.*release-manager\.yaml:\d+/s.test(no.stdout), no.stdout);
  expect.that('the line that is missing is given', no.stdout.includes('{ who: [sam], verbs: [release]'), no.stdout);
}

const branchRule = `policies:
  - { kind: branch-restriction, environment: prod, branch: main }
`;
const rights = `
rights:
  - { who: ['*'], verbs: [release, rollback, hold], environments: [dev, staging] }
  - { who: [team:checkout], verbs: [release, rollback, hold], environments: [prod], owners: [checkout] }
  - { who: [team:platform], verbs: [admin] }
`;
const people = `teams:
  - { id: checkout, slack: ${checkoutChannel} }
  - { id: storefront }
  - { id: platform }
people:
  - { id: grace, name: Grace Mensah, emails: [grace@example.com], github: grace, slack: U0GRACE, teams: [platform] }
  - { id: ada, name: Ada Lindqvist, emails: [ada@example.com], github: ada, slack: U0ADA, teams: [checkout] }
  - { id: sam, name: Sam Okoro, emails: [sam@example.com], github: sam, slack: U0SAM, teams: [storefront] }
`;

async function pushRulesAndRights({ stage, narrator }: Story): Promise<void> {
  const { grace } = stage;
  const clone = join(grace.home, 'config');
  await grace.git(['clone', '--quiet', stage.hosting.url, clone]);
  const mainFile = join(clone, 'release-manager.yaml');
  const text = await readFile(mainFile, 'utf8');
  await writeFile(mainFile, text.replace('policies: []\n', branchRule) + rights);
  await writeFile(join(clone, 'people.yaml'), people);
  await mkdir(join(clone, 'policies'));
  for (const { name } of shopServices.filter((service) => service.name !== 'web')) {
    const rule = `service: ${name}\npolicies:\n  - { kind: auto-release, branch: main, environment: dev }\n`;
    await writeFile(join(clone, 'policies', `${name}.yaml`), rule);
  }
  narrator.answered(`# release-manager.yaml\n${branchRule}${rights.trimStart()}`);
  const message = 'Who may do what, and prod takes main only';
  narrator.typed(`git add . && git commit -m "${message}" && git push`);
  await grace.git(['add', '.'], clone);
  await grace.git(['commit', '--quiet', '--message', message], clone);
  await grace.git(['push', '--quiet'], clone);
  await rm(clone, { recursive: true });
}

async function readiness(url: string): Promise<string> {
  const response = await fetch(`${url}/readyz`);
  const { checks } = Readiness.parse(await response.json());
  return checks
    .map(({ name, message, next }) => `${name}: ${message}${next === undefined ? '' : ` → ${next}`}`)
    .join('\n');
}
