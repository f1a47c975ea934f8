import { buildGoTool, findGoTool, type GoTool, inPath } from '@release-manager/testing/go-tool';

/** A cold build takes one to two minutes on two idle cores, a warm one seconds; a machine may be busy with other things. */
export const buildTimeoutMs = 10 * 60_000;

const versitygw: GoTool = {
  name: 'versitygw',
  package: 'github.com/versity/versitygw/cmd/versitygw',
  folder: import.meta.dirname,
  timeoutMs: buildTimeoutMs,
};

/**
 * Why the real S3 server cannot run here, or `undefined` when it can. In CI nothing is skipped: there the answer is always
 * `undefined`, and a missing Go fails the tests.
 */
export async function whyNoVersitygw(): Promise<string | undefined> {
  if (process.env['CI'] === 'true') return undefined;
  const found = (await inPath('versitygw')) ?? (await inPath('go')) ?? (await findGoTool(versitygw));
  return found === undefined ? 'needs versitygw, or Go to build it, in PATH' : undefined;
}

/** The path of the program: the one in PATH, else the pinned version, built once per pin into a cache outside the checkout. */
export async function buildVersitygw(): Promise<string> {
  return (await inPath('versitygw')) ?? buildGoTool(versitygw);
}
