import { describe, expect, test } from 'vitest';

import { commands } from '../../commands/index.ts';
import { commandName, optionsOf } from '../define-command.ts';
import { completeLine } from './complete-line.ts';
import { completionOf } from './value-completion.ts';

function wordsAt(...line: string[]): string[] {
  const wanted = completeLine(line, commands);
  return (wanted.kind === 'words' ? wanted.words : wanted.beside).map(({ word }) => word);
}

function valueAt(...line: string[]): unknown {
  const wanted = completeLine(line, commands);
  return wanted.kind === 'value' ? wanted.completes : undefined;
}

describe('commands and options', () => {
  test('every command is offered, and each one once', () => {
    const offered = wordsAt('');
    expect(offered).toEqual([...new Set(commands.map(({ noun }) => noun))]);
    for (const command of commands.filter(({ verb }) => verb !== undefined))
      expect(wordsAt(command.noun, '')).toContain(command.verb);
  });

  test('every option of every command is offered, until it is given', () => {
    for (const command of commands) {
      const words = commandName(command).split(' ');
      const names = Object.keys(optionsOf(command));
      expect(wordsAt(...words, '-')).toEqual(names.map((name) => `--${name}`));
    }
    expect(wordsAt('hold', 'list', '')).toEqual([]);
    expect(wordsAt('hold', 'prod', '')).toEqual([]);
    expect(wordsAt('status', '--all', '-')).not.toContain('--all');
    expect(wordsAt('policy', 'apply', '--set', 'a=b', '-')).toContain('--set');
  });

  test('help has the words of what it helps with, and no more', () => {
    expect(wordsAt('help', '')).toContain('release');
    expect(wordsAt('help', 'token', '')).toEqual(['create', 'list', 'revoke', 'flux']);
    expect(valueAt('help', 'release', '')).toBeUndefined();
  });

  test('what makes no sense is not completed', () => {
    expect(completeLine([], commands)).toMatchObject({ kind: 'words' });
    for (const line of [
      ['nonsense', ''],
      ['nonsense', 'more', ''],
      ['token', 'nonsense', 'x', ''],
      ['whoami', '', ''],
    ])
      expect(wordsAt(...line)).toEqual([]);
    expect(wordsAt('status', '--', '-')).toEqual([]);
  });
});

describe('values', () => {
  test.each([
    ['release', '', 'branch'],
    ['release', 'main', '', 'environment'],
    ['release', '--service', 'web', 'main', '', 'environment'],
    ['release', '--service', '', 'service'],
    ['release', '--artifact', '', 'artifact'],
    ['release', '--artifact', 'main-0123456789-abcdef0123', '', 'environment'],
    ['diff', 'prod', '', 'branch'],
    ['follow', '', 'release'],
    ['why', '', 'environment'],
    ['artifact', 'push', '', 'folder'],
    ['artifact', 'push', 'x', '--release-yaml', '', 'file'],
    ['artifact', 'show', '', 'artifact'],
    ['policy', 'delete', '', 'policy'],
    ['token', 'revoke', '', 'token'],
    ['service', 'set', '', 'service'],
  ])('%s', (...line) => {
    expect(valueAt(...line.slice(0, -1))).toBe(line.at(-1));
  });

  test('choices are those of the definition', () => {
    expect(valueAt('status', '-o', '')).toEqual(['table', 'json', 'yaml']);
    expect(valueAt('completion', '')).toEqual(['bash', 'zsh', 'fish']);
    expect(valueAt('init', '--layout', '')).toEqual(['plain', 'sliced']);
    expect(valueAt('init', '--url', '')).toBeUndefined();
  });

  test('what stands before the value in the same word comes along', () => {
    expect(completeLine(['why', 'dev', '--branch=m'], commands)).toMatchObject({
      completes: 'branch',
      lead: '--branch=',
    });
    expect(completeLine(['release', 'main', 'dev,staging,p'], commands)).toMatchObject({
      completes: 'environment',
      lead: 'dev,staging,',
      taken: ['dev', 'staging'],
    });
  });

  test('a line that names another manager asks nobody: the token is not for it', () => {
    expect(completeLine(['why', '--url', 'https://other.example', ''], commands)).toMatchObject({ elsewhere: true });
    expect(completeLine(['why', '--token-file=x', ''], commands)).toMatchObject({ elsewhere: true });
    expect(completeLine(['why', ''], commands)).toMatchObject({ elsewhere: false });
  });

  test('an option or argument that is called like a name completes names', () => {
    const kinds = commands.flatMap((command) =>
      Object.entries({ ...command.args, ...command.options }).map(([name, spec]) => [name, completionOf(name, spec)]),
    );
    expect(kinds).toContainEqual(['env', 'environment']);
    expect(kinds).toContainEqual(['services', 'service']);
  });
});
