import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Observation } from '@release-manager/contract';
import { silentLogger } from '@release-manager/runtime';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { Outbox } from './outbox.ts';

let folder: string;
let opened: Outbox[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'outbox-'));
  opened = [];
});

afterEach(() => {
  for (const outbox of opened) outbox.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Another one on the same folder, as after kill -9: nothing of the one before was closed. */
function open(segmentBytes?: number): Outbox {
  const outbox = new Outbox({ folder, logger: silentLogger, ...(segmentBytes === undefined ? {} : { segmentBytes }) });
  opened.push(outbox);
  return outbox;
}

function source(uid: string, revision = 'r1'): Observation {
  const object = { group: 'g', kind: 'GitRepository', namespace: 'n', name: uid, uid, resourceVersion: '1' };
  return { type: 'source', object, generation: 1, observedGeneration: 1, suspended: false, revision, conditions: [] };
}

function crashLog(uid: string): Observation {
  const pod = { group: '', kind: 'Pod', namespace: 'n', name: uid, uid, resourceVersion: '1' };
  const text = { stream: 'previous' as const, lines: ['x'.repeat(100)], cut: false };
  return { type: 'crash-log', pod, service: 'web', container: 'app', restarts: 1, ...text };
}

const said = (outbox: Outbox): string[] =>
  outbox.next().map(({ sequence, observation: one }) => {
    if (one.type === 'source') return `${sequence} ${one.object.uid} ${one.revision ?? ''}`;
    return `${sequence} ${one.type}`;
  });

const segments = (outbox: Outbox): string[] =>
  readdirSync(join(folder, outbox.id))
    .filter((name) => name.endsWith('.log'))
    .map((name) => join(folder, outbox.id, name));

describe('an outbox', () => {
  it('hands out in order, and forgets what was acknowledged', () => {
    const outbox = open();
    for (const uid of ['a', 'b', 'c']) outbox.append(source(uid));
    expect(said(outbox)).toEqual(['1 a r1', '2 b r1', '3 c r1']);
    expect(outbox.next(2)).toHaveLength(2);
    outbox.acknowledge(2);
    expect(said(outbox)).toEqual(['3 c r1']);
    expect({ backlog: outbox.backlog, acknowledged: outbox.acknowledged }).toEqual({ backlog: 1, acknowledged: 2 });
  });

  it('keeps only the newest of one object, at its place, and every crash log', () => {
    const outbox = open();
    outbox.append(source('a', 'r1'));
    outbox.append(crashLog('p'));
    outbox.append(crashLog('p'));
    outbox.append(source('a', 'r2'));
    expect(said(outbox)).toEqual(['2 crash-log', '3 crash-log', '4 a r2']);
    expect(said(open())).toEqual(['2 crash-log', '3 crash-log', '4 a r2']);
  });

  it('bounds a batch by bytes', () => {
    const outbox = open();
    for (const uid of ['a', 'b']) {
      const lines = Array.from({ length: 200 }, () => uid.repeat(1_000));
      for (let index = 0; index < 3; index += 1) outbox.append({ ...crashLog(uid), lines } as Observation);
    }
    expect(outbox.next()).toHaveLength(2);
  });

  it('never gives a number twice, also when everything was acknowledged and removed', () => {
    const outbox = open(1_000);
    for (let index = 0; index < 50; index += 1) outbox.append(crashLog(`p${index}`));
    expect(segments(outbox).length).toBeGreaterThan(5);
    outbox.acknowledge(50);
    expect(segments(outbox).length).toBeLessThan(3);
    const again = open(1_000);
    again.append(source('a'));
    expect({ id: again.id, said: said(again) }).toEqual({ id: outbox.id, said: ['51 a r1'] });
  });

  it('does not grow while an object changes and nobody takes anything', () => {
    const outbox = open(2_000);
    outbox.append(crashLog('p'));
    for (let index = 0; index < 500; index += 1) outbox.append(source('a', `r${index}`));
    const bytes = segments(outbox).reduce((sum, path) => sum + readFileSync(path).byteLength, 0);
    expect(bytes).toBeLessThan(20_000);
    expect(said(outbox)).toEqual(['1 crash-log', '501 a r499']);
    expect(said(open(2_000))).toEqual(['1 crash-log', '501 a r499']);
  });

  it('drops the oldest crash logs when a manager stays away for long', () => {
    const outbox = open();
    for (let index = 0; index < 2_500; index += 1) outbox.append(crashLog('p'));
    outbox.append(source('a'));
    expect(outbox.backlog).toBeLessThanOrEqual(2_001);
    expect(outbox.backlog).toBeGreaterThan(1_500);
  });
});

describe('after kill -9', () => {
  it('at any byte of the last record, all before it are there, and the outbox goes on', () => {
    const outbox = open();
    for (const uid of ['a', 'b']) outbox.append(source(uid));
    const [path = ''] = segments(outbox);
    const before = readFileSync(path);
    outbox.append(source('c'));
    const whole = readFileSync(path);
    for (let length = before.byteLength; length < whole.byteLength; length += 1) {
      writeFileSync(path, whole.subarray(0, length));
      const again = open();
      expect(said(again)).toEqual(['1 a r1', '2 b r1']);
      again.append(source('d'));
      expect(said(open())).toEqual(['1 a r1', '2 b r1', '3 d r1']);
    }
    expect(open().id).toBe(outbox.id);
  });

  it('before the acknowledgement was noted, it is handed out again with the same number', () => {
    const outbox = open();
    outbox.append(source('a'));
    outbox.acknowledge(1);
    rmSync(join(folder, outbox.id, 'acknowledged'));
    expect(said(open())).toEqual(['1 a r1']);
  });
});

describe('a new outbox', () => {
  it('begins where the manager forgot, with what waits', () => {
    const outbox = open();
    for (const uid of ['a', 'b']) outbox.append(source(uid));
    outbox.append(crashLog('p'));
    outbox.acknowledge(1);
    const before = outbox.id;
    outbox.startOver();
    expect(outbox.id).not.toBe(before);
    expect(said(outbox)).toEqual(['1 b r1', '2 crash-log']);
    expect(readdirSync(folder).toSorted((a, b) => a.localeCompare(b))).toEqual(
      ['current', outbox.id].toSorted((a, b) => a.localeCompare(b)),
    );
    expect(said(open())).toEqual(['1 b r1', '2 crash-log']);
  });

  it('takes over what can be read of a damaged one', () => {
    const outbox = open();
    for (const uid of ['a', 'b', 'c']) outbox.append(source(uid));
    const [path = ''] = segments(outbox);
    const content = readFileSync(path);
    content.write('#', content.indexOf('\n') + 20);
    writeFileSync(path, content);
    const again = open();
    expect(again.id).not.toBe(outbox.id);
    expect(said(again)).toEqual(['1 a r1', '2 c r1']);
  });

  it('is made where there is none, or nobody can read which one counts', () => {
    const outbox = open();
    truncateSync(join(folder, 'current'));
    expect(open().id).not.toBe(outbox.id);
    appendFileSync(join(folder, 'current'), 'junk');
    expect(open().id).toMatch(/^[0-9a-f]{32}$/);
  });
});
