import { randomBytes } from 'node:crypto';

/** Makes the ids of jobs. */
export type JobIds = () => string;

/**
 * UUIDs of version 7 (RFC 9562) that only rise within this process. pg-boss orders by time of creation, which is the start
 * of the transaction, and then by id: with random ids, jobs of one transaction would run in any order.
 */
export function risingIds(now: () => number = Date.now): JobIds {
  let millisecond = 0;
  let counter = 0;
  return () => {
    const time = now();
    if (time > millisecond) {
      millisecond = time;
      counter = 0;
    } else if (counter === 0xfff) {
      millisecond += 1;
      counter = 0;
    } else {
      counter += 1;
    }
    const bytes = randomBytes(16);
    bytes.writeUIntBE(millisecond, 0, 6);
    bytes.writeUInt16BE(0x7000 | counter, 6);
    bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
    const hex = bytes.toString('hex');
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
  };
}
