// Compiles a Kaitai Struct spec with the npm build of kaitai-struct-compiler.
// Usage: node compile.js TARGET SPEC.ksy OUTDIR
"use strict";

const fs = require("fs");
const path = require("path");
const compiler = require("kaitai-struct-compiler");
const yaml = require("js-yaml");

const [target, spec, outdir] = process.argv.slice(2);

async function main() {
  const files = await compiler.compile(target, yaml.load(fs.readFileSync(spec, "utf8")), null, false);
  for (const [name, text] of Object.entries(files)) {
    fs.writeFileSync(path.join(outdir, name), text);
  }
}

main().catch((error) => {
  console.error(`${spec}: ${error}`);
  process.exit(1);
});
