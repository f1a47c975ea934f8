import type { Option, OptionTable } from './options.ts';

/** The table as a Markdown table, in the order it was written: name, default, what it means. */
export function describeOptions(table: OptionTable): string {
  const rows = Object.entries(table).map(
    ([name, option]) => `| ${nameCell(name, option)} | ${defaultCell(option)} | ${escapeCell(option.description)} |`,
  );
  return ['| setting | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
}

function nameCell(name: string, option: Option): string {
  return option.secret === true ? `\`${name}\` or \`${name}_FILE\` (secret)` : `\`${name}\``;
}

function defaultCell(option: Option): string {
  if (option.default !== undefined) return `\`${escapeCell(String(option.default))}\``;
  return option.schema.safeParse(undefined).success ? '' : 'must be set';
}

function escapeCell(text: string): string {
  return text.replaceAll('|', String.raw`\|`).replaceAll(/\s*\n\s*/g, ' ');
}
