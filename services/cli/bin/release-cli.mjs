#!/usr/bin/env node
// The shipped form is the bundle; a checkout whose bundle is not built yet runs the source (Node 24 strips the types).
import { existsSync } from 'node:fs';

const bundle = new URL('../dist/release-cli.mjs', import.meta.url);
await import(existsSync(bundle) ? bundle.href : new URL('../src/main.ts', import.meta.url).href);
