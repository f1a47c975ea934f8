import { describe, expect, it } from 'vitest';

import { createMetrics } from './metrics.ts';

describe('createMetrics', () => {
  it('counts, sets and observes by label', async () => {
    const metrics = createMetrics();
    const pushes = metrics.counter({ name: 'pushes_total', help: 'Pushes', labels: ['outcome'] });
    const queued = metrics.gauge({ name: 'queued', help: 'Queued' });
    const sizes = metrics.histogram({ name: 'upload_bytes', help: 'Size', buckets: [10, 100] });
    pushes.increment({ outcome: 'done' });
    pushes.increment({ outcome: 'done' }, 2);
    queued.set({}, 7);
    sizes.observe({}, 50);
    metrics.hopSeconds.observe({ hop: 'queued-committed' }, 0.2);
    const { body, contentType } = await metrics.render();
    expect(contentType).toMatch(/^text\/plain/);
    expect(body).toContain('pushes_total{outcome="done"} 3');
    expect(body).toContain('queued 7');
    expect(body).toContain('upload_bytes_bucket{le="10"} 0\nupload_bytes_bucket{le="100"} 1');
    expect(body).toContain('release_manager_hop_seconds_bucket{le="0.25",hop="queued-committed"} 1');
    expect(body).toContain('process_cpu_seconds_total');
  });

  it('keeps two registries in one process apart', async () => {
    const [one, other] = [createMetrics(), createMetrics()];
    one.counter({ name: 'mine_total', help: 'Mine' }).increment({});
    expect((await other.render()).body).not.toContain('mine_total');
  });
});
