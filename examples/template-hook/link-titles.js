// A plugin for markdown-it: a bare link <https://...> is shown with the title of the page that it leads to. markdown-it
// calls its rules synchronously and has no place for a promise; with fetchSync the rule needs none.
import { fetchSync } from 'coppice';

export function linkTitles(markdown) {
  markdown.core.ruler.push('link_titles', (state) => {
    for (const { children } of state.tokens) {
      for (const [index, token] of children?.entries() ?? []) {
        if (token.type === 'link_open' && token.markup === 'autolink')
          children[index + 1].content = titleOf(token.attrGet('href'));
      }
    }
  });
}

function titleOf(url) {
  const response = fetchSync(url, { timeout: 5_000 });
  if (!response.ok) return `${url} (${response.status})`;
  return /<title>(.*?)<\/title>/.exec(response.text())?.[1] ?? url;
}
