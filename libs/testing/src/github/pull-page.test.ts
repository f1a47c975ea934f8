import { describe, expect, it } from 'vitest';

import { FakeRepository } from './fake-repository.ts';
import { markdownHtml } from './markdown-html.ts';
import { pullPage } from './pull-page.ts';

describe('Markdown of comments', () => {
  it.each([
    [
      'a table with a cell that has a line',
      '| A | B |\n| --- | --- |\n| a \\| b | c |',
      '<table><tr><th>A</th><th>B</th></tr><tr><td>a | b</td><td>c</td></tr></table>',
    ],
    [
      'bold, code, a link',
      '**[a](https://x.test/?a=1&b=2)** `c`',
      '<p><b><a href="https://x.test/?a=1&amp;b=2" rel="noopener nofollow">a</a></b> <code>c</code></p>',
    ],
    [
      'a folded diff',
      '<details><summary>web</summary>\n\n```diff\n+<b>\n```\n\n</details>',
      '<details><summary>web</summary>\n<pre><span class="added">+&lt;b&gt;</span></pre>\n</details>',
    ],
    ['a fence within a longer one', '````text\n```\n<script>\n````', '<pre>```\n&lt;script&gt;</pre>'],
    ['a list', '- a\n- \\*b\\*', '<ul><li>a</li><li>*b*</li></ul>'],
    ['a hidden marker', '<!-- mark -->\nx', '<p>x</p>'],
    [
      'markup',
      '<script>alert(1)</script> <img src=x onerror=alert(1)>',
      '<p>&lt;script&gt;alert(1)&lt;/script&gt; &lt;img src=x onerror=alert(1)&gt;</p>',
    ],
    ['a link that is code', '[a](javascript:alert(1))', '<p>[a](javascript:alert(1))</p>'],
    [
      'a link that leaves its quotes',
      '[a](https://x.test/"onclick="alert(1))',
      '<p><a href="https://x.test/&quot;onclick=&quot;alert(1" rel="noopener nofollow">a</a>)</p>',
    ],
  ])('%s', (_, markdown, html) => {
    expect(markdownHtml(markdown)).toBe(html);
  });
});

describe('the page of a pull request', () => {
  it('shows everything there is, and nothing of others as markup', () => {
    const evil = '"><script>alert(1)</script>';
    const repository = new FakeRepository('shop/web', 1);
    const at = new Date('2026-05-04T10:00:00Z');
    const sha = repository.grow('main');
    repository.pulls.set(7, {
      number: 7,
      title: evil,
      author: evil,
      state: 'open',
      draft: false,
      headRef: evil,
      headSha: sha,
      headRepository: 'shop/web',
      baseRef: 'main',
      baseSha: sha,
      mergeCommitSha: undefined,
      mergedAt: undefined,
      createdAt: at,
      updatedAt: at,
      labels: new Set([evil]),
      files: [],
      commits: new Set([sha]),
    });
    const base = { id: 1, createdAt: at };
    repository.comments.push({
      ...base,
      number: 7,
      author: 'rm[bot]',
      body: evil,
      updatedAt: at,
      edits: 2,
      reactions: [],
    });
    repository.statuses.push({ id: 1, sha, context: evil, state: evil, description: evil, targetUrl: undefined });
    const status = { ...base, state: evil, description: evil, logUrl: '' };
    const deployment = { ...base, sha, environment: evil, task: '', payload: {}, description: '', isProduction: false };
    repository.deployments.push({ ...deployment, statuses: [status] });
    const html = pullPage(repository, repository.pull(7));
    expect(html).not.toContain('<script>');
    expect(html).not.toContain('"><s');
    for (const words of ['edited 2 times', 'Labels', 'Checks', 'Deployments', '#7']) expect(html).toContain(words);
  });
});
