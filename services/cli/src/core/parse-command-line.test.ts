import { expect, test } from 'vitest';

import { commands } from '../commands/index.ts';
import { commandName, optionsOf } from './define-command.ts';
import { didYouMean } from './did-you-mean.ts';
import { parseCommandLine } from './parse-command-line.ts';

const parse = (line: string): ReturnType<typeof parseCommandLine> =>
  parseCommandLine(line === '' ? [] : line.split(' '), commands);

test('options may stand anywhere, also before the command', () => {
  const expected = { args: { branch: 'main', environments: 'dev' }, options: { service: 'web', 'no-wait': true } };
  expect(parse('release main dev --service web --no-wait')).toMatchObject(expected);
  expect(parse('--service web release --no-wait main dev')).toMatchObject(expected);
  expect(parse('release --service=web main --no-wait -- dev')).toMatchObject(expected);
});

test('the value of an option is no command', () => {
  expect(parse('--service artifact status')).toMatchObject({ kind: 'run', command: { noun: 'status' } });
});

test.each([
  ['relase main dev', 'did you mean `release-cli release`'],
  ['artifact psuh x', 'did you mean `release-cli artifact push`'],
  ['status --jsn', 'did you mean --json'],
  ['artifact push', 'shows how it is used'],
  ['status extra', 'shows how it is used'],
  ['status --service', 'shows how it is used'],
  ['status --service a --service b', 'shows how it is used'],
  ['status --all=yes', 'shows how it is used'],
  ['rollback prod,dev', 'run it once for each'],
  ['history prod,dev', 'run it once for each'],
  ['xyzzy', 'release-cli help'],
])('%s is refused with a way on', (line, next) => {
  expect(() => parse(line)).toThrow(
    expect.objectContaining({ name: 'UsageError', next: expect.stringContaining(next) as string }),
  );
});

test('help of everything, of a noun and of a command', () => {
  expect(parse('')).toEqual({ kind: 'help' });
  expect(parse('help')).toEqual({ kind: 'help' });
  expect(parse('--help')).toEqual({ kind: 'help' });
  expect(parse('artifact')).toEqual({ kind: 'help', noun: 'artifact' });
  expect(parse('artifact push --help')).toMatchObject({ kind: 'help', command: { verb: 'push' } });
  expect(parse('help artifact push')).toMatchObject({ kind: 'help', command: { verb: 'push' } });
  expect(parse('help status')).toMatchObject({ kind: 'help', command: { noun: 'status' } });
});

test('every example of every command is a command line that is understood', () => {
  for (const command of commands) {
    expect(command.examples).not.toEqual([]);
    for (const { line } of command.examples) {
      const words = [...line.replace(/^id=\$\(|^source <\(|\)$| [<>].*$/g, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)];
      const argv = words.map(([, double, single, bare]) => double ?? single ?? bare ?? '').slice(1);
      expect(parseCommandLine(argv, commands)).toMatchObject({ kind: 'run', command: { noun: command.noun } });
    }
  }
});

test('no option hides one that every command has, and no name is taken twice', () => {
  const names = commands.map(commandName);
  expect(new Set(names).size).toBe(names.length);
  for (const command of commands) {
    const own = Object.keys(command.options ?? {});
    const shared = Object.keys(optionsOf({ ...command, options: {} }));
    expect(own.filter((name) => shared.includes(name))).toEqual([]);
  }
});

test('suggestions are near or none', () => {
  expect(didYouMean('stauts', ['status', 'history'])).toBe('status');
  expect(didYouMean('zzzzzz', ['status', 'history'])).toBeUndefined();
});
