import { rightOf, type AskedVerb, type CanIAnswer } from '@release-manager/contract';

import { defineCommand } from '../../core/define-command.ts';
import { exitCodes } from '../../core/exit-code.ts';
import { oneOf, parseNames } from '../../core/one-of.ts';
import { styled, type Piece } from '../../core/piece.ts';
import { findService } from '../../source/release-yaml.ts';

const verbs = Object.keys(rightOf) as AskedVerb[];

export const canI = defineCommand({
  noun: 'can-i',
  summary: 'Says whether the token may do something, by which rule, and in which line of which file it stands.',
  details: ['It ends with 0 for yes and with 5 for no, of several environments for the worst answer.'],
  args: {
    verb: { summary: `One of ${verbs.join(', ')}.`, completes: verbs },
    environments: { summary: 'The environment, or several with commas between them.', optional: true },
  },
  options: {
    service: {
      type: 'string',
      value: 'name',
      summary: 'The service; that of release.yaml by default, where there is one.',
    },
    branch: { type: 'string', value: 'name', summary: 'The branch, for upload.' },
  },
  shows: true,
  examples: [
    { line: 'release-cli can-i release prod --service web', says: 'may I, and if not, which line is missing?' },
    { line: 'release-cli can-i admin', says: 'am I an administrator?' },
  ],
  async run({ args, options, context }) {
    const verb = oneOf('can-i', args.verb, verbs) ?? 'read';
    const environments = args.environments === undefined ? [undefined] : parseNames('can-i', args.environments);
    // Most of what `admin` is asked for is about no service, also in the folder of one.
    const service = verb === 'admin' ? options.service : await findService(context, options.service);
    const api = await context.api();
    const answers: CanIAnswer[] = [];
    for (const environment of environments)
      answers.push(await api.call('canI', { verb, environment, service, branch: options.branch }));
    const allowed = answers.every((answer) => answer.allowed);
    await context.output.show({ value: { allowed, answers }, table: answers.flatMap(lines) });
    if (context.output.format === 'table')
      for (const notice of new Set(answers.flatMap(({ notices = [] }) => notices))) context.output.warn(notice);
    return allowed ? exitCodes.done.code : exitCodes.denied.code;
  },
});

function lines({ allowed, verb, service, environment, rule, source, explanation, next }: CanIAnswer): Piece[][] {
  const what = [verb, service ?? '', environment === undefined ? '' : `in ${environment}`].filter(
    (word) => word !== '',
  );
  const where =
    source === undefined
      ? ''
      : ` (${source.file}:${source.line}${source.commit === undefined ? '' : ` at ${source.commit.slice(0, 10)}`})`;
  return [
    [allowed ? styled('green', 'yes') : styled('red', 'no'), `: ${explanation ?? what.join(' ')}`],
    [`  rule: ${rule}${where}`],
    ...(next === undefined ? [] : [[`  next: ${next}`]]),
  ];
}
