import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { ChatPlace } from './chat-command.ts';
import { parseCommand } from './parse-command.ts';

const slack: ChatPlace = { verb: 'release', prefix: '/release ', from: 'rolled back in Slack' };
const artifact = 'topic-0123456789-abcdef0123';
const pull: ChatPlace = { prefix: '/', from: 'rolled back on the pull request', service: 'web', artifact };

function commandOf(text: string, place: ChatPlace): unknown {
  const parsed = parseCommand(text, place);
  return parsed.kind === 'command' ? parsed.command : parsed.says;
}

describe('a command', () => {
  it.each([
    ['release web main dev', { verb: 'release', service: 'web', branch: 'main', environments: ['dev'] }],
    ['web main dev', { verb: 'release', service: 'web', branch: 'main', environments: ['dev'] }],
    ['Release web main dev,prod', { verb: 'release', service: 'web', branch: 'main', environments: ['dev', 'prod'] }],
    [`release web ${artifact} dev`, { verb: 'release', service: 'web', artifact, environments: ['dev'] }],
    ['rollback web prod', { verb: 'rollback', service: 'web', environment: 'prod', reason: 'rolled back in Slack' }],
    [
      `rollback web prod to ${artifact} the cart is empty`,
      { verb: 'rollback', service: 'web', environment: 'prod', to: artifact, reason: 'the cart is empty' },
    ],
    ['hold web prod on  holiday', { verb: 'hold', service: 'web', environment: 'prod', reason: 'on holiday' }],
    ['resume web prod', { verb: 'resume', service: 'web', environment: 'prod' }],
    ['why web prod', { verb: 'why', service: 'web', environment: 'prod' }],
    ['status web', { verb: 'status', service: 'web' }],
  ])('%s', (text, command) => {
    expect(commandOf(text, slack)).toEqual(command);
  });

  it.each([
    ['release dev', { verb: 'release', service: 'web', artifact, environments: ['dev'] }],
    ['release main dev', { verb: 'release', service: 'web', branch: 'main', environments: ['dev'] }],
    ['rollback prod it burns', { verb: 'rollback', service: 'web', environment: 'prod', reason: 'it burns' }],
    ['hold prod no', { verb: 'hold', service: 'web', environment: 'prod', reason: 'no' }],
    ['why prod', { verb: 'why', service: 'web', environment: 'prod' }],
    ['why', { verb: 'status', service: 'web' }],
    ['status', { verb: 'status', service: 'web' }],
  ])('on a pull request: %s', (text, command) => {
    expect(commandOf(text, pull)).toEqual(command);
  });

  it.each([
    ['hold web prod', '/release hold <service> <environment> <why>'],
    ['resume web prod now', '/release resume <service> <environment>'],
    ['release web main dev extra', '/release <service> <branch|artifact> <environment>'],
    ['rollback web', '/release rollback <service> <environment>'],
    ['rollback web prod to', '/release rollback <service>'],
    ['release ../x main dev', '/release <service> <branch'],
    ['status web dev', '/release status <service>'],
    ['retry web', '/release retry <release>'],
  ])('that is not complete does nothing and says how it reads: %s', (text, form) => {
    expect(commandOf(text, slack)).toContain(form);
  });

  it.each(['', 'help', 'deploy', '`x`'])('that is none lists what there is: %j', (text) => {
    expect(commandOf(text, slack)).toContain('• `/release rollback <service> <environment> [to <artifact>] [why]`');
  });

  it('never throws, and repeats at most a short piece of what it was given', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const parsed = parseCommand(text, slack);
        expect(parsed.kind === 'command' || parsed.says.length < 1000).toBe(true);
      }),
    );
  });
});
