import { describe, expect, it } from 'vitest';

import { parsePasswd, possibleAccounts, type Surroundings } from './account.ts';

const root: Surroundings = {
  uid: 0,
  gid: 0,
  users: [
    { name: 'root', uid: 0, gid: 0 },
    { name: 'ada', uid: 1_000, gid: 1_000 },
    { name: 'nobody', uid: 65_534, gid: 65_534 },
  ],
  dataOwner: undefined,
  privatePasswd: '/data/passwd',
};

const prefixes = (here: Surroundings): string[] =>
  possibleAccounts(here).map((account) => account.prefix.slice(0, 3).join(' '));

describe('possibleAccounts', () => {
  it('takes a normal user as it is', () => {
    const here = { ...root, uid: 1_000, gid: 1_000 };
    expect(possibleAccounts(here)[0]).toMatchObject({ uid: 1_000, prefix: [] });
  });

  it('gives a user without a name one in a user namespace', () => {
    const here = { ...root, uid: 12_345, gid: 0 };
    expect(possibleAccounts(here)).toMatchObject([{ uid: 12_345 }]);
    expect(prefixes(here)).toEqual(['unshare --user --map-user=1000']);
  });

  it('as root prefers a namespace, then a user of the system, never a person', () => {
    expect(prefixes(root)).toEqual(['unshare --user --map-user=1000', 'setpriv --reuid=65534 --regid=65534']);
    expect(possibleAccounts(root)[0]?.uid).toBe(0);
  });

  it('as root prefers the user postgres to nobody', () => {
    const here = { ...root, users: [...root.users, { name: 'postgres', uid: 101, gid: 104 }] };
    expect(possibleAccounts(here).map((account) => account.uid)).toEqual([0, 101, 65_534]);
  });

  it('runs as the owner of the data that is there, named or not', () => {
    expect(possibleAccounts({ ...root, dataOwner: 65_534 }).map((account) => account.uid)).toEqual([65_534]);
    expect(possibleAccounts({ ...root, dataOwner: 4_242 }).map((account) => account.uid)).toEqual([4_242]);
  });

  it('names a user of its own where there is only root', () => {
    const here = { ...root, users: root.users.slice(0, 1) };
    const [only, ...others] = possibleAccounts(here);
    expect(others).toEqual([]);
    expect(only?.prefix).toContain('/data/passwd');
  });
});

describe('parsePasswd', () => {
  it('reads users and leaves out what is none', () => {
    expect(parsePasswd('root:x:0:0:root:/root:/bin/sh\n# a comment\n+::::::\nada:x:1000:100::/:\n')).toEqual([
      { name: 'root', uid: 0, gid: 0 },
      { name: 'ada', uid: 1_000, gid: 100 },
    ]);
  });
});
