export interface InitEnvironment {
  readonly name: string;
  readonly protected?: boolean;
  readonly layout?: 'plain' | 'sliced';
}

/** Two lines say more than a comment: what is there is shown, what could be there stands beside it. */
export function mainFileText(environments: readonly InitEnvironment[]): string {
  const entries = environments.map((environment) => `  - ${environmentText(environment)}\n`).join('');
  const [last] = environments.slice(-1).map(({ name }) => name);
  return `# What release-manager goes by. Every field: docs/config-repo.md, every rule: docs/policies.md of release-manager.
# A mistake in this file stops only what it speaks of, and release-cli says where it stands.

# In the order of promotion. Changes are read with the next commit.
environments:
${entries}
# Rules for every service; those of one service stand in policies/<service>.yaml.
policies: []
#  - { kind: branch-restriction, environment: ${last ?? 'prod'}, branch: main }
`;
}

function environmentText({ name, protected: isProtected, layout }: InitEnvironment): string {
  const fields = [
    `name: ${/^(?:[0-9].*|true|false|null|yes|no|on|off|y|n)$/.test(name) ? JSON.stringify(name) : name}`,
    ...(isProtected === true ? ['protected: true'] : []),
    ...(layout === 'sliced' ? ['flux: { layout: sliced }'] : []),
  ];
  return `{ ${fields.join(', ')} }`;
}

export const peopleText = `# Who is who in git, GitHub and Slack, and who belongs to which team.
teams: []
#  - { id: checkout, slack: C0123ABCD }
people: []
#  - { id: ada, name: Ada L., emails: [ada@example.com], github: ada, slack: U012AB3CD, teams: [checkout] }
`;

export const readmeText = `# Config repo

What runs where, as Flux reads it. release-manager writes it; people write rules.

| path | what | written by |
| --- | --- | --- |
| \`release-manager.yaml\` | environments, rules for every service, rights | people |
| \`people.yaml\` | who is who | people |
| \`policies/<service>.yaml\` | rules of one service | people, \`release-cli policy\` |
| \`<env>/releases/<namespace>/<service>/\` | the manifests of the current release | release-manager only |
| \`clusters/<env>/<namespace>/<service>.yaml\` | the Flux Kustomization of a service | release-manager; added fields stay |
| \`clusters/<env>/<namespace>/namespace.yaml\` | the Namespace | release-manager once, people then |
| \`clusters/<env>/<namespace>/artifacts.yaml\` | the ArtifactGenerator of a namespace | release-manager |
| \`state/<env>/<service>.json\` | holds and quarantines | release-manager only |

The history is the record of every release: \`git log --grep '^Service: web'\`.
`;
