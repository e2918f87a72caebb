// Reads each file with one of node's readers, and prints what it got: NAME=value, and a NUL after each.
const fs = require('fs');
const [by, ...files] = process.argv.slice(2);

const read = {
  'dotenv': (text) => require('dotenv').parse(text),
  'dotenv-expand': (text) => {
    const parsed = require('dotenv').parse(text);
    return require('dotenv-expand').expand({ parsed, processEnv: { ...process.env } }).parsed;
  },
  'js-yaml': (text) => require('js-yaml').load(text),
}[by];

const print = (variables) => {
  for (const [name, value] of Object.entries(variables)) {
    fs.writeSync(1, `${name}=${typeof value === 'string' ? value : `a ${typeof value}`}\0`);
  }
};

// `--env-file` has been read before this runs.
if (by === 'env-file') print(process.env);
for (const file of files) {
  let variables = {};
  try {
    variables = read(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'MODULE_NOT_FOUND') throw error;
    // A file that is rejected gives nothing.
  }
  print(variables);
}
