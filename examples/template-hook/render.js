// A renderer as one would write it without coppice.
import MarkdownIt from 'markdown-it';
import { linkTitles } from './link-titles.js';

const markdown = new MarkdownIt().use(linkTitles);

export default function render(text) {
  return markdown.render(text);
}
