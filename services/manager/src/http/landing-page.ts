import { createHash } from 'node:crypto';

/** What stands on the first page; all of it is text and is escaped. */
export interface LandingPage {
  readonly title: string;
  readonly intro: string;
  readonly addresses: readonly { readonly label: string; readonly url: string; readonly about: string }[];
}

const style = `
  body { font: 16px/1.5 system-ui, sans-serif; margin: 3rem auto; max-width: 44rem; padding: 0 1rem; color: #1b1f24; background: #fff }
  h1 { font-size: 1.6rem; margin: 0 0 .5rem }
  dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.5rem; margin-top: 2rem }
  dt { font-weight: 600 } dd { margin: 0 } small { color: #59636e; display: block }
  a { color: #0757ba }
  @media (prefers-color-scheme: dark) { body { color: #e6edf3; background: #0d1117 } a { color: #6cb6ff } small { color: #9198a1 } }
`;

/** Allows this one style sheet by its hash, and nothing else. */
export const landingPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page at `/`: where everything is, without a script. */
export function renderLandingPage({ title, intro, addresses }: LandingPage): string {
  const rows = addresses.map(
    ({ label, url, about }) =>
      `<dt>${escape(label)}</dt><dd><a href="${escape(url)}">${escape(url)}</a><small>${escape(about)}</small></dd>`,
  );
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escape(title)}</title><style>${style}</style></head>
<body><h1>${escape(title)}</h1><p>${escape(intro)}</p><dl>${rows.join('\n')}</dl></body>
</html>
`;
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}
