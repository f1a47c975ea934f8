import { createHash } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { landingPolicy, renderLandingPage } from './landing-page.ts';

describe('renderLandingPage', () => {
  const page = renderLandingPage({
    title: 'a <b>',
    intro: '"quoted" & \'so\'',
    addresses: [{ label: 'API', url: 'http://localhost:8080/v1?a=1&b="', about: '<script>' }],
  });

  it('escapes everything', () => {
    expect(page).not.toMatch(/<script>|<b>|b=""/);
    expect(page).toContain('a &lt;b&gt;');
    expect(page).toContain('href="http://localhost:8080/v1?a=1&amp;b=&quot;"');
  });

  it('is allowed exactly the style that stands in it', () => {
    const style = /<style>([^]*?)<\/style>/.exec(page)?.[1] ?? '';
    expect(landingPolicy).toContain(createHash('sha256').update(style).digest('base64'));
  });
});
