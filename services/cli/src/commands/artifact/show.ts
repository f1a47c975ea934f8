import type { ArtifactView } from '@release-manager/contract';

import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { assertArtifactId } from '../release/release-target.ts';
import { sayFindings } from './artifact-verdict.ts';

export const showArtifact = defineCommand({
  noun: 'artifact',
  verb: 'show',
  summary: 'Shows one artifact: where it comes from and the verdict on its manifests.',
  args: { id: { summary: 'The id of the artifact.', completes: 'artifact' } },
  shows: true,
  examples: [
    { line: 'release-cli artifact show main-0123456789-abcdef0123', says: 'why was an environment rejected?' },
  ],
  async run({ args, context }) {
    assertArtifactId(args.id);
    const view = await (await context.api()).call('showArtifact', { id: args.id });
    await context.output.show({ value: view, table: describe(view) });
    if (context.output.format === 'table') sayFindings(context.output, view);
    return exitCodes.done.code;
  },
});

/** Who says that the commit is on the branch, and when; where nobody is asked there is nothing to say. */
function sourceLine({ source, proven }: ArtifactView): string | undefined {
  if (source === undefined) return proven === false ? 'only claimed: nobody confirmed it' : undefined;
  const { state, says, at, next } = source;
  return [`${state}, ${at}: ${says}`, ...(state === 'proven' || next === undefined ? [] : [next])].join('; ');
}

function describe(view: ArtifactView): Piece[][] {
  const { source, ci } = view.spec;
  const rows: [string, string | undefined][] = [
    ['artifact', view.id],
    ['service', view.service],
    ['state', view.state],
    ['branch', view.branch],
    ['commit', view.sha],
    ['on its branch', sourceLine(view)],
    ['message', source.message?.split('\n')[0]],
    ['author', `${source.author.name} <${source.author.email}>`],
    ['repository', source.repository],
    ['pull request', source.pullRequest?.toString()],
    ['job', ci?.jobUrl],
    ['registered', `${view.registeredAt} by ${view.registeredBy.name}`],
    ...Object.entries(view.environments).map(([name, verdict]): [string, string] => [
      name,
      `${verdict.state}, ${verdict.files} files, ${verdict.problems.length} problems, ${verdict.warnings.length} warnings`,
    ]),
  ];
  return rows.flatMap(([name, value]) => (value === undefined ? [] : [[styled('dim', name.padEnd(14)), value]]));
}
