import type { ArtifactFile } from '@release-manager/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

import { fileOf, helmOutput, kustomizeOutput, objectsIn, textOf } from './manifest-fixtures.ts';
import { stampManifests, type Stamp } from './stamp.ts';

const stamp: Stamp = { service: 'web', owner: 'checkout', artifactId: 'main-1', releaseId: 'rel_1' };
const head = 'apiVersion: apps/v1\nkind: Deployment\n';

function stamped(text: string, what: Stamp = stamp): string {
  return textOf(stampManifests([fileOf(text)], what)[0]);
}

type Data = Record<string, unknown>;
const dataOf = (value: unknown): Data => (value ?? {}) as Data;
const fixed = { 'release-manager.io/managed': 'true', 'release-manager.io/service': 'web' };
const labels = { ...fixed, 'release-manager.io/owner': 'checkout' };
const annotations = { 'release-manager.io/artifact-id': 'main-1', 'release-manager.io/release-id': 'rel_1' };

/** The stamp said once more, on plain data. */
function withStamp(value: unknown): unknown {
  const object = dataOf(value);
  const templates: Record<string, (spec: Data) => Data> = {
    Pod: (spec) => spec,
    CronJob: (spec) => ({ ...spec, jobTemplate: cronTemplate(dataOf(spec['jobTemplate'])) }),
  };
  const spec = object['spec'];
  const change = templates[String(object['kind'])] ?? withTemplate;
  return {
    ...withMetadata(object, labels, annotations),
    ...(spec === undefined ? {} : { spec: change(dataOf(spec)) }),
  };
}

function cronTemplate(template: Data): Data {
  return { ...withMetadata(template, fixed), spec: withTemplate(dataOf(template['spec'])) };
}

function withTemplate(spec: Data): Data {
  return { ...spec, template: withMetadata(dataOf(spec['template']), fixed) };
}

function withMetadata(object: Data, newLabels: Data, newAnnotations?: Data): Data {
  const metadata = dataOf(object['metadata']);
  return {
    ...object,
    metadata: {
      ...metadata,
      labels: { ...dataOf(metadata['labels']), ...newLabels },
      ...(newAnnotations === undefined
        ? {}
        : { annotations: { ...dataOf(metadata['annotations']), ...newAnnotations } }),
    },
  };
}

describe('the stamp in what renderers print', () => {
  it('adds lines and changes none, where labels and annotations are written in lines', () => {
    const before = helmOutput.replace('  annotations: {}\n', '').replaceAll('\r', '');
    const lines = stamped(before).split('\n');
    const added = lines.filter((line) => line.includes('release-manager.io/'));
    expect(added).toHaveLength(7);
    const rest = lines.filter((line) => !line.includes('release-manager.io/'));
    rest.splice(rest.indexOf('  annotations:'), 1);
    expect(rest.join('\n')).toBe(before);
  });

  it('puts labels above the comments of the first label', () => {
    expect(stamped(`${head}metadata:\n  labels: # l\n    # the app\n    app: web # w\n`)).toBe(
      `${head}metadata:\n  annotations:\n    release-manager.io/artifact-id: "main-1"\n    release-manager.io/release-id: "rel_1"\n` +
        '  labels: # l\n    release-manager.io/managed: "true"\n    release-manager.io/service: "web"\n' +
        '    release-manager.io/owner: "checkout"\n    # the app\n    app: web # w\n',
    );
  });

  it('gives the templates of a CronJob only what never changes', () => {
    const [, cron] = objectsIn(stampManifests([fileOf(kustomizeOutput)], stamp));
    expect(cron).toEqual(withStamp(objectsIn([fileOf(kustomizeOutput)])[1]));
    const other = stamped(kustomizeOutput, { ...stamp, artifactId: 'main-2', releaseId: 'rel_2' });
    const template = (text: string): unknown => dataOf(objectsIn([fileOf(text)])[1])['spec'];
    expect(template(other)).toEqual(template(stamped(kustomizeOutput)));
  });

  it('returns the very bytes of a file without a workload', () => {
    const files = [fileOf('kind: Service\n# x\n'), { path: 'a.bin', content: Uint8Array.of(0xff, 0) }];
    const result = stampManifests(files, stamp);
    expect(result.map((file) => file.content)).toEqual(files.map((file) => file.content));
    expect(result[0]?.content).toBe(files[0]?.content);
  });

  it('keeps CRLF, a missing last line end and a byte order mark', () => {
    const text = `\ufeff${head}metadata:\n  labels:\n    a: b`.replaceAll('\n', '\r\n');
    const result = stamped(text);
    expect(result.startsWith('\ufeffapiVersion')).toBe(true);
    expect(result.endsWith('    a: b')).toBe(true);
    expect(result.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('leaves the owner out where there is none', () => {
    expect(stamped(`${head}metadata: {name: a}\n`, { ...stamp, owner: undefined })).not.toContain('owner');
  });
});

/** Ways to write labels that an insertion of lines alone would break. */
const odd: readonly (readonly [string, string])[] = [
  ['metadata without labels', `${head}metadata:\n  name: a\n`],
  ['empty labels in flow style', `${head}metadata:\n  labels: {}\n  annotations: { }\n`],
  ['labels that are nothing, with a comment', `${head}metadata:\n  labels: # none\n  annotations:\n  name: a\n`],
  ['labels that are null', `${head}metadata:\n  labels: ~ # none\n  annotations: null\n`],
  ['labels in flow style over lines', `${head}metadata:\n  labels: {\n    a: b, # c\n    d: e,\n  }\n`],
  ['flow keys without a value', `${head}metadata: {name: a, labels, annotations: }\n`],
  ['template without metadata', `${head}metadata: {name: a}\nspec:\n  template:\n    spec: {a: b}\n`],
  [
    'template whose metadata is nothing',
    `${head}metadata: {name: a}\nspec:\n  template:\n    metadata:\n    spec: {a: b}\n`,
  ],
  ['an empty template', `${head}metadata: {name: a}\nspec:\n  template: {}\n`],
  ['no metadata at all', `${head}spec: {template: {spec: {}}}\n`],
  ['JSON on one line', '{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"a","labels":{"a":"b"}}}'],
  [
    'JSON over lines',
    JSON.stringify({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a', labels: { a: 'b' } } }, undefined, 2),
  ],
  [
    'labels shared with the selector',
    `${head}metadata:\n  labels: &l\n    a: b\nspec:\n  selector: {matchLabels: *l}\n  template:\n    metadata:\n      labels: *l\n`,
  ],
  [
    'labels that are an alias of the selector',
    `${head}metadata: {name: a}\nspec:\n  selector: {matchLabels: &l {a: b}}\n  template: {metadata: {labels: *l}}\n`,
  ],
  [
    'labels merged from others',
    `x: &l {a: b}\n${head}metadata:\n  labels:\n    <<: *l\n    c: d\nspec: {selector: *l}\n`,
  ],
  [
    'labels that come by a merge of metadata',
    `x: &m {labels: {a: b}, name: c}\n${head}metadata: {<<: *m, name: d}\ny: *m\n`,
  ],
  [
    'metadata with an anchor',
    `${head}metadata: &m\n  labels: {a: b}\nspec:\n  template:\n    metadata: *m\n    x: {<<: [*m]}\n`,
  ],
  [
    'a shared template',
    `${head}metadata: {name: a}\nspec: {template: &t {spec: {port: 0x1F, on: yes, v: 1.10}}}\n---\n${head}metadata: {name: b}\n`,
  ],
  ['anchors of nothing', `${head}metadata:\n  labels: &n\n  annotations: *n\nx: *n\n`],
  ['anchors and tags on lines of their own', `${head}metadata: !!map\n  labels:\n    !!map\n    &x\n    a: b\ny: *x\n`],
  ['explicit keys', `${head}metadata:\n  ? labels\n  : a: b\n    c: d\n  name: e\n`],
  ['keys in quotes', `${head}"metadata":\n  'labels':\n    "a": b\n`],
  [
    'deep indentation and blank lines',
    `${head}metadata:\n\n\n        labels:\n\n                # c\n\n                a: b\n`,
  ],
  [
    'a stamp that is there already',
    stamped(`${head}metadata:\n  labels: {a: b}\nspec: {template: {}}\n`, { ...stamp, service: 'old', releaseId: 'x' }),
  ],
];

describe('the stamp in every notation', () => {
  it.each(odd)('adds exactly its keys to %s', (_name, text) => {
    const before = objectsIn([fileOf(text)]);
    expect(objectsIn([fileOf(stamped(text))])).toEqual(before.map(withStampOfWritten));
  });

  it('marks the workloads in a list, and a repeated one by a copy', () => {
    const list = `kind: List\nitems:\n- &d\n  apiVersion: apps/v1\n  kind: Deployment\n  metadata: {name: a}\n  spec: {template: {v: 1.10}}\n- *d\n- kind: Service\n- apiVersion: v1\n  metadata:\n    name: p\n  kind: Pod\n`;
    const [first, second, service, pod] = objectsIn([fileOf(list)]);
    const expected = [withStamp(first), withStamp(second), service, withStamp(pod)];
    expect(objectsIn([fileOf(stamped(list))])).toEqual(expected);
  });

  it('changes a list that is itself named by an alias only where it was asked to', () => {
    const text = `kind: List\nitems: &i\n- apiVersion: v1\n  kind: Pod\n  metadata: {name: p}\nother: *i\n`;
    expect(stamped(text)).toContain('other: [{"apiVersion": v1, "kind": Pod, "metadata": {"name": p}}]');
  });

  it('keeps the type of words and numbers in a copy', () => {
    const text = `${head}metadata: {name: a, labels: &l {a: yes, b: 0x1F, c: 1.10, d: "1", e: ~, f: 2001-01-01, g: !!str 5, h: "x\\u2028"}}\nspec: *l\n`;
    expect(stamped(text)).toContain(
      String.raw`spec: {"a": yes, "b": 0x1F, "c": 1.10, "d": "1", "e": null, "f": 2001-01-01, "g": "5", "h": "x\u2028"}`,
    );
  });

  it('says which file it cannot stamp, and refuses what fits no label', () => {
    expect(() => stamped('a: b\na: c\n')).toThrow('app.yaml:2 cannot be stamped');
    expect(() => stamped(`${head}metadata: {labels: [a]}\n`)).toThrow('cannot be edited');
    expect(() => stamped(`${head}metadata: {labels: a}\n`)).toThrow('cannot be edited');
    expect(() => stamped('', { ...stamp, owner: 'a b' })).toThrow('cannot be the value of a label');
  });
});

/** Like `withStamp`, for objects whose template may be missing or nothing. */
function withStampOfWritten(value: unknown): unknown {
  const object = dataOf(value);
  const template = dataOf(object['spec'])['template'];
  const isTemplate = typeof template === 'object' && template !== null;
  return isTemplate ? withStamp(value) : withMetadata(object, labels, annotations);
}

const word = fc.constantFrom('a', 'app', 'true', '1', 'yes', '# x', 'a: b', '', '- x', 'é', "it's", '*a', '&b', '~');
const labelMap = fc.dictionary(fc.constantFrom('app', 'tier', 'x.io/y', 'a b', '"q"', 'null', '8080'), word, {
  maxKeys: 3,
});
const metadataOf = fc.record({ name: word, labels: labelMap, annotations: labelMap }, { requiredKeys: ['name'] });
const podTemplate = fc.record(
  { metadata: metadataOf, spec: fc.record({ args: fc.array(word, { maxLength: 3 }), text: word }) },
  { requiredKeys: ['spec'] },
);
const workload = fc.oneof(
  fc.record({
    apiVersion: fc.constant('apps/v1'),
    kind: fc.constantFrom('Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'),
    metadata: metadataOf,
    spec: fc.record({ selector: labelMap, template: podTemplate }),
  }),
  fc.record({
    apiVersion: fc.constant('batch/v1'),
    kind: fc.constant('CronJob'),
    metadata: metadataOf,
    spec: fc.record({ jobTemplate: fc.record({ spec: fc.record({ template: podTemplate }) }) }),
  }),
  fc.record({
    apiVersion: fc.constant('v1'),
    kind: fc.constant('Pod'),
    metadata: metadataOf,
    spec: fc.record({ text: word }),
  }),
);

/** Makes the labels of the object, its selector and its template one and the same, so that the text has anchors. */
function sharing(object: Data): Data {
  const shared = dataOf(dataOf(object['metadata'])['labels']);
  const spec = dataOf(object['spec']);
  const template = dataOf(spec['template']);
  const metadata = { ...dataOf(object['metadata']), labels: shared };
  const inTemplate = { ...template, metadata: { ...dataOf(template['metadata']), labels: shared } };
  return {
    ...object,
    metadata,
    spec: { ...spec, selector: shared, ...('template' in spec ? { template: inTemplate } : {}) },
  };
}

const style = fc.record({
  collectionStyle: fc.constantFrom('any' as const, 'flow' as const),
  indent: fc.integer({ min: 1, max: 5 }),
  indentSeq: fc.boolean(),
  defaultKeyType: fc.constantFrom(null, 'QUOTE_DOUBLE' as const),
  defaultStringType: fc.constantFrom('PLAIN' as const, 'QUOTE_SINGLE' as const, 'QUOTE_DOUBLE' as const),
});
const layout = fc.record({
  style,
  share: fc.boolean(),
  json: fc.boolean(),
  crlf: fc.boolean(),
  end: fc.boolean(),
  comments: fc.boolean(),
});

function rendered(objects: readonly Data[], how: typeof layout extends fc.Arbitrary<infer T> ? T : never): string {
  const texts = objects.map((object) => {
    const value = how.share ? sharing(object) : object;
    return how.json
      ? `${JSON.stringify(value, undefined, how.style.indent)}\n`
      : stringify(value, { lineWidth: 0, ...how.style });
  });
  const lines = texts.join('---\n').split('\n');
  const commented =
    how.comments && !how.json ? lines.flatMap((line) => (line === '' ? [line] : [line, '      # note'])) : lines;
  const text = commented.join(how.crlf ? '\r\n' : '\n');
  return how.end ? text : text.trimEnd();
}

describe('the stamp as a law', () => {
  it('adds exactly its keys, the same way each time, and keeps every comment', () => {
    fc.assert(
      fc.property(fc.array(workload, { minLength: 1, maxLength: 3 }), layout, (objects, how) => {
        const text = rendered(objects, how);
        const files: ArtifactFile[] = [fileOf(text)];
        const result = stampManifests(files, stamp);
        expect(objectsIn(result)).toEqual(objectsIn(files).map(withStamp));
        expect(stampManifests(files, stamp)).toEqual(result);
        expect(textOf(result[0]).split('# note').length).toBe(text.split('# note').length);
      }),
      { numRuns: 200 },
    );
  });

  it('only inserts, where nothing is shared', () => {
    fc.assert(
      fc.property(workload, layout, (object, how) => {
        const text = rendered([object], { ...how, share: false });
        const result = stamped(text);
        let at = 0;
        for (const character of result) if (character === text[at]) at += 1;
        expect(at).toBe(text.length);
      }),
      { numRuns: 100 },
    );
  });

  it('takes the place of an old one, as if that had never been there', () => {
    const old: Stamp = { service: 'web', owner: 'other', artifactId: 'main-0', releaseId: 'rel_0' };
    fc.assert(
      fc.property(workload, layout, (object, how) => {
        const text = rendered([object], how);
        const over = stampManifests(stampManifests([fileOf(text)], old), stamp);
        expect(textOf(over[0])).toBe(stamped(text));
      }),
      { numRuns: 100 },
    );
  });

  it('is the same when it is put on twice', () => {
    fc.assert(
      fc.property(workload, layout, (object, how) => {
        const once = stampManifests([fileOf(rendered([object], how))], stamp);
        expect(textOf(stampManifests(once, stamp)[0])).toBe(textOf(once[0]));
      }),
      { numRuns: 100 },
    );
  });
});
