import { AppError } from '@release-manager/domain';

/** Nothing that etcd keeps is larger than 1.5 MB; a line of this length is no object. */
const longestLine = 8 * 1024 * 1024;

/** Splits a stream of bytes into its lines, empty ones left out. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = rest.indexOf('\n'); end !== -1; end = rest.indexOf('\n', start)) {
      if (end > start) yield rest.slice(start, end);
      start = end + 1;
    }
    rest = rest.slice(start);
    if (rest.length > longestLine) {
      throw new AppError('unavailable', 'kubernetes.endless-line', 'The API server sent a line without end.');
    }
  }
}
