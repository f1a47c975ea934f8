import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Native git with a fixed identity and without the machine's configuration. */
export async function git(cwd: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('git', args, { cwd, maxBuffer: 1 << 28, env: environment() });
  return stdout;
}

/** Native git that reads its standard input. */
export async function gitWithInput(cwd: string, args: readonly string[], input: string): Promise<void> {
  const child = spawn('git', args, { cwd, stdio: ['pipe', 'ignore', 'inherit'], env: environment() });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`git ${args.join(' ')}: ${code ?? 'killed'}`)),
    );
  });
  child.stdin.end(input);
  await ended;
}

function environment(): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_AUTHOR_NAME: 'Load',
    GIT_AUTHOR_EMAIL: 'load@example.com',
    GIT_COMMITTER_NAME: 'Load',
    GIT_COMMITTER_EMAIL: 'load@example.com',
  };
}
