// Ten authors, fifty posts, two comments on each.
export const seed = [
  'drop schema if exists lazy_orm cascade',
  'create schema lazy_orm',
  'create table lazy_orm.authors (id int primary key, name text not null)',
  'create table lazy_orm.posts (id int primary key, author_id int not null, title text not null)',
  'create table lazy_orm.comments (id int primary key, post_id int not null, author_id int not null)',
  "insert into lazy_orm.authors select n, 'Author ' || n from generate_series(1, 10) n",
  "insert into lazy_orm.posts select n, n % 10 + 1, 'Post ' || n from generate_series(1, 50) n",
  `insert into lazy_orm.comments
     select n, (n + 1) / 2, n % 7 + 1 from generate_series(1, 100) n`,
];

export const cleanUp = ['drop schema lazy_orm cascade'];
