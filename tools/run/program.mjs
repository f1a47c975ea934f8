// One child process that ends when we are told to end.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';

/** A Ctrl-C reaches us from the terminal and once more from npm: within this time it is the same one. */
const sameSignalMs = 250;

/**
 * Runs a program on our terminal and returns its exit code (128 + n when a signal ended it).
 *
 * It gets a session of its own, so that a Ctrl-C reaches it through us alone and once: otherwise terminal, npm and we
 * would each send one, and a second SIGINT means "stop at once".
 */
export function runProgram([command, ...args], { cwd, env }) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env, stdio: 'inherit', detached: true });
    const stopForwarding = forwardSignals(child);
    const finish = (code) => {
      stopForwarding();
      resolve(code);
    };
    child.once('error', (error) => {
      process.stderr.write(`${command} could not be started: ${error.message}\n`);
      finish(127);
    });
    child.once('exit', (code, signal) => finish(code ?? 128 + (constants.signals[signal] ?? 0)));
  });
}

function forwardSignals(child) {
  const lastAt = new Map();
  const listeners = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => {
    const forward = () => {
      const now = performance.now();
      if (now - (lastAt.get(signal) ?? -Infinity) > sameSignalMs) child.kill(signal);
      lastAt.set(signal, now);
    };
    process.on(signal, forward);
    return [signal, forward];
  });
  const stopWatching = watchParent(() => child.kill('SIGTERM'));
  return () => {
    stopWatching();
    for (const [signal, forward] of listeners) process.off(signal, forward);
  };
}

/** Where npm was killed there is nobody left to be told by; a task started without npm may outlive its shell (nohup). */
function watchParent(onDeath) {
  if (process.env.npm_lifecycle_event === undefined) return () => undefined;
  const family = lineage();
  const timer = setInterval(() => {
    if (lineage() === family) return;
    clearInterval(timer);
    onDeath();
  }, 500);
  return () => clearInterval(timer);
}

/** Our parent and, where the system tells, its parent: npm puts a shell between itself and us. */
function lineage() {
  try {
    const [, parentOfParent] = /\) \S (\d+)/.exec(readFileSync(`/proc/${process.ppid}/stat`, 'utf8')) ?? [];
    return `${process.ppid} ${parentOfParent}`;
  } catch {
    return String(process.ppid);
  }
}
