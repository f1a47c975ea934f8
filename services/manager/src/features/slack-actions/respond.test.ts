import { describe, expect, it } from 'vitest';

import { answerText } from './answer-text.ts';
import { isResponseUrl } from './respond.ts';

const slack = 'https://slack.com/api/';

describe('W2 an answer goes to Slack only', () => {
  it.each(['https://hooks.slack.com/actions/T0/1/abc', 'https://hooks.slack-gov.com/commands/T0/1/abc'])(
    '%s',
    (url) => {
      expect(isResponseUrl(url, slack)).toBe(true);
    },
  );

  it.each([
    'http://hooks.slack.com/actions/T0/1/abc',
    'https://hooks.slack.com.example.com/actions',
    'https://hooks.slack.com@example.com/actions',
    'https://hooks.slack.com:8443/actions',
    'https://example.com/https://hooks.slack.com',
    'https://169.254.169.254/latest/meta-data',
    'https://slack.com/api/chat.postMessage',
    'file:///etc/passwd',
    'hooks.slack.com',
    '',
  ])('and not to %j', (url) => {
    expect(isResponseUrl(url, slack)).toBe(false);
  });

  it('and where the API is another one, to that one', () => {
    expect(isResponseUrl('http://127.0.0.1:5000/answers/1', 'http://127.0.0.1:5000/api/')).toBe(true);
    expect(isResponseUrl('http://127.0.0.1:5001/answers/1', 'http://127.0.0.1:5000/api/')).toBe(false);
  });
});

describe('the text of an answer', () => {
  it('mentions nobody and links nowhere, whatever is in it', () => {
    const text = answerText({ ok: false, says: '<!channel> <https://evil.example|prod> & <@U012>', next: '<!here>' });
    expect(text).toBe(
      ':warning: &lt;!channel&gt; &lt;https://evil.example|prod&gt; &amp; &lt;@U012&gt;\n&lt;!here&gt;',
    );
  });

  it('keeps a log in its block, and shows the end of a long one', () => {
    const text = answerText({ ok: true, says: 'the end', log: `${'x'.repeat(5000)}\n\`\`\`<!channel>` });
    expect(text.split('```')).toHaveLength(3);
    expect(text).toContain('&lt;!channel&gt;');
    expect(text.length).toBeLessThan(4000);
  });
});
