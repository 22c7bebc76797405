// Written years ago for a program that did one thing at a time. It is not to be edited.
const { execFileSync } = require('node:child_process');

/** Blocks its caller until the other program has ended. */
exports.measure = function measure(label, seconds) {
  execFileSync(process.execPath, ['-e', `setTimeout(() => {}, ${seconds * 1000})`]);
  return `${label}: waited ${seconds} s for a child process`;
};

exports.fibonacci = function fibonacci(n) {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
};
