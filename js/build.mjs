// Builds one bundle per widget: src/<widget>/index.ts -> ../tfwidgets/static/<widget>.js and .css.
// What a widget loads only when somebody opens it is a bundle of its own:
// src/<widget>/<part>/part.ts -> <widget>-<part>.js and .css.
// `--outdir DIR` builds elsewhere, so that a test can compare fresh bytes with the committed ones.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const { values } = parseArgs({
  options: { outdir: { type: "string", default: join(here, "../tfwidgets/static") } },
});

const folders = (path) =>
  readdirSync(join(here, path), { withFileTypes: true })
    .filter((item) => item.isDirectory())
    .map(({ name }) => name)
    .sort();
const entries = folders("src").flatMap((widget) => [
  [widget, join("src", widget, "index.ts")],
  ...folders(join("src", widget)).map((part) => [
    `${widget}-${part}`,
    join("src", widget, part, "part.ts"),
  ]),
]);

const { metafile } = await build({
  // The bytes depend on nothing but the sources and esbuild's version.
  absWorkingDir: here,
  entryPoints: Object.fromEntries(entries.filter(([, file]) => existsSync(join(here, file)))),
  outdir: resolve(values.outdir),
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  metafile: true,
});

// The licences of bundled libraries ask to be passed on, and comments are left out of the bundles.
const packages = new Set(
  Object.keys(metafile.inputs)
    .map((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0])
    .filter(Boolean),
);
const notices = [...packages].sort().map((folder) => {
  const read = (file) => readFileSync(join(here, folder, file), "utf8");
  const { name, version, license } = JSON.parse(read("package.json"));
  const text = readdirSync(join(here, folder)).find((file) => /^licen[cs]e/i.test(file));
  return `${name} ${version} (${license})\n\n${read(text).trim()}\n`;
});
const rule = `\n${"-".repeat(80)}\n\n`;
writeFileSync(join(resolve(values.outdir), "LICENSES.txt"), notices.join(rule));

for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  console.log(`${file}  ${(bytes / 1000).toFixed(1)} kB`);
}
