import { describe, expect, it } from 'vitest';

import { context, section } from './message-blocks.ts';
import { foreign, link } from './slack-text.ts';

const long = (path: string): string => `https://grafana.example.com/${path.repeat(1900)}`;
const textOf = (block: ReturnType<typeof section>): string => JSON.stringify(block);

describe('a text that Slack would not take', () => {
  it('keeps its links while there is room', () => {
    const text = link(long('d'), 'dashboard');
    expect(section(text, 'head')).toMatchObject({ text: { text } });
  });

  it('says the words without the addresses where two of them are too long together', () => {
    const line = [link(long('r'), 'runbook'), link(long('d'), 'dashboard')].join(' · ');
    expect(line.length).toBeGreaterThan(3000);
    expect(context(line, 'links')).toMatchObject({ elements: [{ text: 'runbook · dashboard' }] });
  });

  it('is cut where words alone are too long, and nothing is cut in two', () => {
    const block = section(foreign('<&>'.repeat(2000), 20_000), 'head');
    expect(textOf(block)).toMatch(/(&lt;|&amp;|&gt;)…/);
    expect(textOf(block).length - textOf(section('', 'head')).length).toBeLessThanOrEqual(3000);
  });
});
