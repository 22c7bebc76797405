// What a page template or a view would do. Each dot may be a query; none of them says so.
import { Post } from './models.js';

export default function describePost(id) {
  const post = Post.find(id);
  const voices = post.comments.map((comment) => comment.author.name);
  return `"${post.title}" by ${post.author.name}, with comments by ${voices.join(' and ')}`;
}
