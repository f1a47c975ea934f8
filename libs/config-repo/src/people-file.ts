import { layout } from './layout.ts';
import { fieldOf, readList } from './list-entries.ts';
import { noPeople, PersonEntry, TeamEntry, type People } from './people.ts';
import { harmless, type FileProblem, type ProblemScope } from './problem.ts';
import { isBroken, readYaml, type ConfigFile, type Path, type YamlFile } from './yaml-file.ts';

const file = layout.people;
const nothing: ProblemScope = { kind: 'nothing' };

/**
 * Reads `people.yaml`. Nothing in it stops a release: who may do what is another question, asked elsewhere. What is wrong
 * with it is in `broken`.
 */
export function readPeopleFile(content: ConfigFile): People {
  const yaml = readYaml(content);
  if (isBroken(yaml)) {
    const broken = [harmless({ file, line: yaml.line, message: yaml.message, scope: nothing })];
    return { ...noPeople, line: yaml.line, ids: undefined, broken };
  }
  const unknown = shape(yaml);
  const base = { file, yaml, blocks: () => nothing };
  const teams = readList(fieldOf(yaml.value, 'teams'), {
    ...base,
    path: ['teams'],
    schema: TeamEntry,
    what: 'team',
    fields: Object.keys(TeamEntry.shape),
  });
  const people = readList(fieldOf(yaml.value, 'people'), {
    ...base,
    path: ['people'],
    schema: PersonEntry,
    what: 'person',
    fields: Object.keys(PersonEntry.shape),
  });
  const uniqueTeams = firstOfEach(teams.entries, { yaml, list: 'teams' });
  const uniquePeople = firstOfEach(people.entries, { yaml, list: 'people' });
  const broken = [
    ...unknown,
    ...teams.problems,
    ...people.problems,
    ...uniqueTeams.problems,
    ...uniquePeople.problems,
  ].map(harmless);
  return {
    people: uniquePeople.kept,
    teams: uniqueTeams.kept,
    line: yaml.lineOf(['people']),
    // Where there is no list of people but a field that nobody knows, that may be the list, misspelt.
    ids: idsOf(fieldOf(yaml.value, 'people'), unknown.length > 0),
    broken,
  };
}

function idsOf(list: unknown, mayBeElsewhere: boolean): readonly string[] | undefined {
  if (list === undefined || list === null) return mayBeElsewhere ? undefined : [];
  if (!Array.isArray(list)) return undefined;
  return list.map((entry: unknown) => fieldOf(entry, 'id')).filter((id) => typeof id === 'string');
}

function shape(yaml: YamlFile): readonly FileProblem[] {
  const { value } = yaml;
  if (value === null || value === undefined) return [];
  const problem = (path: Path, message: string): FileProblem => ({
    file,
    line: yaml.lineOf(path),
    message,
    scope: nothing,
  });
  if (typeof value !== 'object' || Array.isArray(value)) return [problem([], 'The file must hold teams and people.')];
  return Object.keys(value)
    .filter((key) => key !== 'teams' && key !== 'people')
    .map((key) => problem([key], `There is no field ${JSON.stringify(key.slice(0, 80))}; known: teams, people.`));
}

/** Two entries of one id would make it a matter of luck who somebody is. */
function firstOfEach<Entry extends { readonly id: string }>(
  entries: readonly { readonly entry: Entry; readonly index: number }[],
  context: { readonly yaml: YamlFile; readonly list: string },
): { readonly kept: readonly (Entry & { readonly line: number })[]; readonly problems: readonly FileProblem[] } {
  const kept = new Map<string, Entry & { readonly line: number }>();
  const problems: FileProblem[] = [];
  for (const { entry, index } of entries) {
    const line = context.yaml.lineOf([context.list, index]);
    if (!kept.has(entry.id)) {
      kept.set(entry.id, { ...entry, line });
      continue;
    }
    problems.push({ file, line, message: `The id ${entry.id} is given twice; the first counts.`, scope: nothing });
  }
  return { kept: [...kept.values()], problems };
}
