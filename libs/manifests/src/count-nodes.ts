/** Scalars and collections below a node of a parsed document; an alias counts as one. */
export function countNodes(root: unknown): number {
  let count = 0;
  const open: unknown[] = [root];
  while (open.length > 0) {
    const node = open.pop();
    if (typeof node !== 'object' || node === null) continue;
    if ('key' in node && 'value' in node) {
      open.push(node.key, node.value);
      continue;
    }
    count += 1;
    if ('items' in node && Array.isArray(node.items)) for (const item of node.items as unknown[]) open.push(item);
  }
  return count;
}
