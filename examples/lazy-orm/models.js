// An ORM-style model. Its relations are loaded when they are first looked at, by plain getters: no getter can await, and
// none of these needs to.
import { blocking } from 'coppice';

const db = blocking(new URL('./db.js', import.meta.url));

const one = (sql, id) => db.query(sql, [id])[0];

export class Author {
  constructor(row) {
    Object.assign(this, row);
  }

  static find(id) {
    return new Author(one('select * from lazy_orm.authors where id = $1', id));
  }
}

export class Comment {
  #author;

  constructor(row) {
    Object.assign(this, row);
  }

  get author() {
    return (this.#author ??= Author.find(this.author_id));
  }
}

export class Post {
  #author;
  #comments;

  constructor(row) {
    Object.assign(this, row);
  }

  static find(id) {
    return new Post(one('select * from lazy_orm.posts where id = $1', id));
  }

  get author() {
    return (this.#author ??= Author.find(this.author_id));
  }

  get comments() {
    return (this.#comments ??= db
      .query('select * from lazy_orm.comments where post_id = $1 order by id', [this.id])
      .map((row) => new Comment(row)));
  }
}
