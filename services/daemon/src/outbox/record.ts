import { crc32 } from 'node:zlib';

import type { Observation } from '@release-manager/contract';

/** One line of the outbox. Written once by this program, so that nothing but its checksum is looked at when it is read. */
export interface OutboxRecord {
  readonly sequence: number;
  readonly seenAt: string;
  readonly observation: Observation;
}

/** `<crc32> <json>\n`: whether a line is whole can be told from the line alone. */
export function encodeRecord(record: OutboxRecord): Buffer {
  const json = JSON.stringify([record.sequence, record.seenAt, record.observation]);
  return Buffer.from(`${checksum(json)} ${json}\n`);
}

/** The record of a line without its newline; nothing where the line is damaged. */
export function decodeRecord(line: Buffer): OutboxRecord | undefined {
  const text = line.toString('utf8');
  const json = text.slice(9);
  if (text[8] !== ' ' || text.slice(0, 8) !== checksum(json)) return undefined;
  const [sequence, seenAt, observation] = JSON.parse(json) as [number, string, Observation];
  return { sequence, seenAt, observation };
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, '0');
}

/**
 * Observations with the same key are about the same thing: while the older one waits, the newer one takes its place. None
 * for what is worth saying by itself.
 */
export function keyOf(observation: Observation): string | undefined {
  switch (observation.type) {
    case 'crash-log':
      return undefined;
    case 'listing':
      return `listing ${observation.kind} ${observation.namespace ?? ''} ${observation.from ?? ''}`;
    case 'workload':
    case 'pod':
    case 'warning':
    case 'other':
    case 'kustomization':
    case 'source':
    case 'prune':
      return `${observation.type} ${observation.object.uid}`;
  }
}
