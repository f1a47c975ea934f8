// Runs dependency-cruiser and fails where it looked at nothing: without a TypeScript that it understands it cruises no
// module and reports "no violations".
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

interface Report {
  readonly modules: readonly { readonly source: string }[];
  readonly summary: {
    readonly violations: readonly {
      readonly rule: { readonly name: string };
      readonly from: string;
      readonly to: string;
    }[];
  };
}

// git keeps no empty folder, and dependency-cruiser stops at one that is missing.
const rooms = ['services', 'libs', 'policies', 'migrations', 'test'].filter((room) => existsSync(room));
const { stdout, stderr } = spawnSync(
  'depcruise',
  ['--config', '.dependency-cruiser.cjs', '--output-type', 'json', ...rooms],
  { encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
);
if (!stdout.startsWith('{')) throw new Error(`dependency-cruiser reported nothing: ${stderr}`);
const report = JSON.parse(stdout) as Report;

const cruised = report.modules.filter(
  ({ source }) => source.endsWith('.ts') && !source.includes('node_modules/'),
).length;
for (const { rule, from, to } of report.summary.violations) console.log(`${rule.name}: ${from} → ${to}`);
const problems = report.summary.violations.length;
console.log(`${cruised} modules, ${problems} violations of the dependency rules`);
if (cruised === 0)
  console.log('No module was read, so nothing was checked. Is the package "typescript" one with a JS API?');
process.exitCode = cruised === 0 || problems > 0 ? 1 : 0;
