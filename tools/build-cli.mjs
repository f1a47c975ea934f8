// Bundles the CLI into the one file that ships: it starts faster than the source and needs no node_modules.
import { existsSync } from 'node:fs';

const entry = new URL('../services/cli/src/main.ts', import.meta.url);
if (!existsSync(entry)) process.exit(0);
const { build } = await import('esbuild');

/** zod brings its messages in fifty languages, a third of the bundle; the CLI speaks one. */
const oneLanguage = {
  name: 'one-language',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
    }));
  },
};

await build({
  entryPoints: [entry.pathname],
  outfile: new URL('../services/cli/dist/release-cli.mjs', import.meta.url).pathname,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node22',
  minify: true,
  legalComments: 'none',
  plugins: [oneLanguage],
  banner: {
    js: "#!/usr/bin/env node\nimport { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);",
  },
});
