const { createHash } = require('node:crypto');
const md =
  '# Title\n\nSome *emph* and **strong** `code` [link](http://x.y "t").\n\n- a\n- b\n  - c\n\n> quote\n\n```js\nlet x = 1;\n```\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n'.repeat(
    40,
  );
const js = require('node:fs').readFileSync(require.resolve('mustache/mustache.js'), 'utf8');
const data = {
  items: Array.from({ length: 200 }, (_, i) => ({
    id: i,
    name: 'n' + i,
    nested: { a: [1, 2, i], b: i % 2 === 0 },
  })),
  title: 'T',
};
const works = {
  marked: () => {
    const { marked } = require('marked');
    return () => marked.parse(md);
  },
  'markdown-it': () => {
    const m = require('markdown-it')({ html: true, linkify: true, typographer: true });
    return () => m.render(md);
  },
  acorn: () => {
    const a = require('acorn');
    return () => JSON.stringify(a.parse(js, { ecmaVersion: 2022 })).length;
  },
  esprima: () => {
    const a = require('esprima');
    return () => JSON.stringify(a.parseScript(js)).length;
  },
  'js-yaml': () => {
    const y = require('js-yaml');
    const t = y.dump(data);
    return () => [y.dump(y.load(t)) === t, t.length];
  },
  papaparse: () => {
    const p = require('papaparse');
    const t = p.unparse(data.items.map((x) => ({ id: x.id, n: x.name + ',"q"' })));
    return () => JSON.stringify(p.parse(t.repeat(5), { header: true }));
  },
  handlebars: () => {
    const h = require('handlebars');
    const src =
      '{{title}}{{#each items}}<li id="{{id}}">{{name}} {{#if nested.b}}yes{{else}}no{{/if}}</li>{{/each}}';
    return () => h.compile(src)(data);
  },
  mustache: () => {
    const m = require('mustache');
    return () =>
      m.render(
        '{{title}}{{#items}}<li id="{{id}}">{{name}} {{#nested}}{{#b}}yes{{/b}}{{^b}}no{{/b}}{{/nested}}</li>{{/items}}',
        data,
      );
  },
  ejs: () => {
    const e = require('ejs');
    return () =>
      e.render('<% for (const x of items) { %><li><%= x.name %></li><% } %>'.repeat(20), data);
  },
  'csv-parse': () => {
    const { parse } = require('csv-parse/sync');
    const t = data.items.map((x) => [x.id, `"${x.name}, ""q"""`].join(',')).join('\n');
    return () => JSON.stringify(parse(t));
  },
  lodash: () => {
    const _ = require('lodash');
    return () =>
      JSON.stringify(
        _.chain(data.items)
          .groupBy((x) => x.id % 7)
          .mapValues((l) => _.sumBy(l, 'id'))
          .toPairs()
          .sortBy(1)
          .value()
          .concat(
            _.cloneDeep(data.items).map((x) =>
              _.merge({}, x, { z: _.camelCase(x.name + ' foo bar') }),
            ),
          ),
      );
  },
  nunjucks: () => {
    const n = require('nunjucks');
    return () =>
      n.renderString(
        '{{title}}{% for x in items %}<li>{{ x.name | upper }} {% if x.nested.b %}y{% endif %}</li>{% endfor %}',
        data,
      );
  },
  pug: () => {
    const p = require('pug');
    return () => p.render('ul\n  each x in items\n    li(id=x.id)= x.name\n', data);
  },
  postcss: () => {
    const p = require('postcss');
    const css = 'a { color: red; } @media x { .b > c::before { margin: 1px 2px } }\n'.repeat(100);
    return () => p.parse(css).toString().length + JSON.stringify(p.parse(css).toJSON()).length;
  },
  'uglify-js': () => {
    const u = require('uglify-js');
    return () => u.minify(js).code;
  },
};
const only = process.argv[2];
const work = works[only]();
const hash = createHash('sha256').update(JSON.stringify(work())).digest('hex').slice(0, 12);
let best = Infinity;
const end = performance.now() + Number(process.argv[3] ?? 1500);
do {
  const t = performance.now();
  work();
  best = Math.min(best, performance.now() - t);
} while (performance.now() < end);
console.log(JSON.stringify({ only, hash, best: +best.toFixed(3) }));
