/** What parsers stumble over: ends of structures, signs of YAML and zip, numbers at their edges, characters that act. */
const tokens: readonly Buffer[] = (
  '---\n|...\n|- |: |? |&a |*a|<<: |!!js/function |!!binary |>-\n|{|}|[|]|"|\'|#|%YAML 1.1\n|\t|\r\n|\u0000|\uFEFF|\u2028|' +
  '\u0085|\u202E|\u001B[31m|__proto__|constructor|null|~|.nan|0x1F|1e999|-0|9007199254740993|\\|/|..|../|**|*|(a+)+$|' +
  'kind: List\n|items:\n|metadata:\n|namespace: x\n|generateName: x\n|apiVersion: v1\n|PK\u0001\u0002|PK\u0003\u0004|' +
  'PK\u0005\u0006|\\ud800|\\u0000'
)
  .split('|')
  .map((text) => Buffer.from(text));
const bytes = [0, 1, 0x7f, 0x80, 0xff, 0xfe, 0xc0, 0xed, 0x0a, 0x20, 0x22, 0x2d];

/** One to five small damages of the input, or a piece of another one in it. */
export function mutate(input: Buffer, others: readonly Buffer[], random: () => number): Buffer {
  const below = (limit: number): number => Math.floor(random() * limit);
  const pick = <T>(list: readonly T[], otherwise: T): T => list[below(list.length)] ?? otherwise;
  const piece = (of: Buffer): Buffer => {
    const from = below(of.length);
    return of.subarray(from, from + 1 + below(Math.min(64, of.length)));
  };
  const replaced = (of: Buffer, at: number, gone: number, by: Buffer): Buffer =>
    Buffer.concat([of.subarray(0, at), by, of.subarray(at + gone)]);
  let output = input;
  for (let step = 1 + below(5); step > 0; step -= 1) {
    const at = below(output.length + 1);
    switch (below(6)) {
      case 0:
        output = replaced(output, at, 1, Buffer.of(pick(bytes, 0)));
        break;
      case 1:
        output = replaced(output, at, below(32), Buffer.alloc(0));
        break;
      case 2:
        output = replaced(output, at, 0, piece(output));
        break;
      case 3:
        output = replaced(output, at, 0, piece(pick(others, input)));
        break;
      case 4:
        output = replaced(output, at, 1, Buffer.of((output[at] ?? 0) ^ (1 << below(8))));
        break;
      default:
        output = replaced(output, at, below(8), pick(tokens, Buffer.alloc(0)));
    }
  }
  return output;
}

/** The smallest input found, by leaving out ever smaller pieces, that still fails. */
export async function minimise(input: Buffer, fails: (input: Buffer) => Promise<boolean>): Promise<Buffer> {
  let smallest = input;
  let tries = 0;
  for (let size = Math.ceil(input.length / 2); size >= 1; size = Math.floor(size / 2)) {
    for (let at = 0; at < smallest.length && tries < 2000; tries += 1) {
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + size)]);
      if (await fails(without)) smallest = without;
      else at += size;
    }
  }
  return smallest;
}
