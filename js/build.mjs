// Builds one bundle per widget: src/<widget>/index.ts -> ../tfwidgets/static/<widget>.js and .css.
// What a widget loads only when somebody opens it is a bundle of its own:
// src/<widget>/<part>/part.ts -> <widget>-<part>.js and .css.
// `--outdir DIR` builds elsewhere, so that a test can compare fresh bytes with the committed ones.
import { existsSync, readdirSync } from "node:fs";
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

for (const [file, { bytes }] of Object.entries(metafile.outputs)) {
  console.log(`${file}  ${(bytes / 1000).toFixed(1)} kB`);
}
