import { checkManifests, parseManifests, stampKeys, stampManifests } from '@release-manager/manifests';
import { describe, expect, it } from 'vitest';

import { shopEnvironments, shopNamespace, shopService, shopServices } from './catalogue.ts';
import { renderService } from './render-service.ts';

function filesOf(name: string, environment: string, tag = '1.4.0') {
  return renderService(shopService(name), tag)
    .filter(({ path }) => path.startsWith(`${environment}/`))
    .map(({ path, content }) => ({ path: path.slice(environment.length + 1), content }));
}

const textOf = (content: Uint8Array): string => Buffer.from(content).toString('utf8');

describe('the shop', () => {
  for (const { name, workload } of shopServices) {
    it(`${name} is what a manager takes, in every environment`, () => {
      for (const environment of shopEnvironments) {
        const files = filesOf(name, environment);
        const check = checkManifests(parseManifests(files), {
          environment,
          service: name,
          namespace: shopNamespace,
          allowKinds: [],
        });
        expect(check.problems).toEqual([]);
        expect(check.objects.map(({ kind }) => kind)).toContain(workload);
        expect(check.objects.length).toBeGreaterThan(2);
      }
    });

    it(`${name} keeps each of its lines when it is stamped`, () => {
      const files = filesOf(name, 'prod');
      const stamp = { service: name, owner: 'checkout', artifactId: 'main-0123456789-abcdef0123', releaseId: 'rel_1' };
      const stamped = stampManifests(files, stamp);
      for (const [index, { content }] of files.entries()) {
        const after = textOf(stamped[index]?.content ?? Buffer.alloc(0)).split('\n');
        const kept = after.filter((line) => !line.includes('release-manager.io/'));
        const before = textOf(content).split('\n');
        expect(before.filter((line) => !kept.includes(line))).toEqual([]);
        expect(kept.filter((line) => !before.includes(line) && line.trim() !== 'annotations:')).toEqual([]);
      }
      const ids = stamped.flatMap(({ content }) => textOf(content).match(new RegExp(stampKeys.releaseId, 'g')) ?? []);
      expect(ids).toHaveLength(name === 'api' ? 2 : 1);
    });
  }

  it('shows a new version in the image, and gives its Job another name', () => {
    const before = filesOf('api', 'prod', '1.4.0').map(({ content }) => textOf(content));
    const after = filesOf('api', 'prod', '1.4.1').map(({ content }) => textOf(content));
    expect(after.join('')).toContain('registry.example.com/shop/api:1.4.1');
    expect(before.join('')).toContain('name: api-migrate-1-4-0');
    expect(after.join('')).toContain('name: api-migrate-1-4-1');
  });

  it('carries none of the keys that the manager sets', () => {
    const everything = shopServices.flatMap((service) => renderService(service, '1.0.0'));
    for (const { content } of everything) expect(textOf(content)).not.toContain('release-manager.io');
  });
});
