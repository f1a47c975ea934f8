#!/usr/bin/env node
// The shipped form is the bundle; a checkout whose bundle is not built yet runs the source (Node 24 strips the types).
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';

// The compiled code is kept for the next start, below the caller's own home: in a shared folder for temporary files
// somebody else could put theirs.
const { HOME, XDG_CACHE_HOME } = process.env;
if (XDG_CACHE_HOME?.startsWith('/')) enableCompileCache?.(`${XDG_CACHE_HOME}/release-cli`);
else if (HOME?.startsWith('/')) enableCompileCache?.(`${HOME}/.cache/release-cli`);

const bundle = new URL('../dist/release-cli.mjs', import.meta.url);
await import(existsSync(bundle) ? bundle.href : new URL('../src/main.ts', import.meta.url).href);
