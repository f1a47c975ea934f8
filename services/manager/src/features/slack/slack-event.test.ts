import { describe, expect, it } from 'vitest';

import { concernsRelease } from './slack-event.ts';

describe('concernsRelease', () => {
  it('hears releases and their incidents, and nothing without a release', () => {
    expect(concernsRelease({ kind: 'release.committed', release_id: 'rel_1' })).toBe(true);
    expect(concernsRelease({ kind: 'incident.opened', release_id: 'rel_1' })).toBe(true);
    expect(concernsRelease({ kind: 'release.committed', release_id: null })).toBe(false);
    expect(concernsRelease({ kind: 'drift.found', release_id: 'rel_1' })).toBe(false);
  });

  it('is deaf to what was rebuilt from the config repo: thousands of old releases are no news', () => {
    expect(concernsRelease({ kind: 'release.rebuilt', release_id: 'rel_1' })).toBe(false);
  });
});
