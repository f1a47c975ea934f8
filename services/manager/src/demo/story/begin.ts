import { rm, writeFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { z } from 'zod';

import { shopServices } from '../shop/catalogue.ts';
import { expectCode, show, wordsOf, type Cast, type Story } from './story.ts';

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
  await show(story, stage.cli(stage.ada.home), `init ${stage.hosting.url}`);
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

/** Tokens for an administrator, a developer and CI. */
export async function handOutTokens(story: Story): Promise<Cast> {
  const { stage, narrator } = story;
  const token = async (words: string): Promise<string> => {
    narrator.typed(`release-cli token create ${words}`);
    const result = await stage.admin(['token', 'create', ...wordsOf(words)]);
    expectCode(story, `token create ${words}`, result);
    return result.stdout.trim();
  };
  const { ada, sam } = stage;
  const adaToken = await token(`admin --person ada --name "${ada.name}" --email ${ada.email}`);
  const samToken = await token(`personal --person sam --name "${sam.name}" --email ${sam.email}`);
  const ciToken = await token('ci --name shop --services * --branches **');
  return {
    ada: stage.cli(ada.home, adaToken),
    sam: stage.cli(sam.home, samToken),
    ci: stage.cli(join(stage.folder, 'ci'), ciToken),
    adaToken,
  };
}

/** A rule for everybody by a git push, rules of single services by the command line. */
export async function setRules(story: Story, { ada }: Cast): Promise<void> {
  const { stage, narrator, expect } = story;
  narrator.say('every service: prod takes main only. Ada edits the file and pushes it, as for any other repository');
  await pushGlobalRule(story);
  narrator.say('main goes to dev by itself, for each service');
  for (const [index, { name }] of shopServices.entries()) {
    const line = `policy apply auto-release --branch main --env dev --service ${name}`;
    if (index === 0) await show(story, ada, line);
    else expectCode(story, line, await ada(line.split(' ')));
  }
  narrator.say(`… and so for the other ${shopServices.length - 1}`);
  await show(story, ada, 'policy list --service web');
  const rules = await stage.repo('show', 'main:policies/web.yaml');
  expect.that('the rule of web stands in its file', /auto-release.*main.*dev/s.test(rules), rules);
}

async function pushGlobalRule({ stage, narrator }: Story): Promise<void> {
  const clone = join(stage.ada.home, 'config');
  await stage.ada.git(['clone', '--quiet', stage.hosting.url, clone]);
  const file = join(clone, 'release-manager.yaml');
  const rule = '  - { kind: branch-restriction, environment: prod, branch: main }\n';
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('policies: []\n', `policies:\n${rule}`));
  narrator.typed('git commit -am "prod takes main only" && git push');
  await stage.ada.git(['commit', '--quiet', '--all', '--message', 'prod takes main only'], clone);
  await stage.ada.git(['push', '--quiet'], clone);
  await rm(clone, { recursive: true });
}

async function readiness(url: string): Promise<string> {
  const response = await fetch(`${url}/readyz`);
  const { checks } = Readiness.parse(await response.json());
  return checks
    .map(({ name, message, next }) => `${name}: ${message}${next === undefined ? '' : ` → ${next}`}`)
    .join('\n');
}
