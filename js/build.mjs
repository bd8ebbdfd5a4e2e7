// Builds one bundle per widget: src/<widget>/index.ts -> ../tfwidgets/static/<widget>.js and .css.
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

const entry = (widget) => join("src", widget, "index.ts");
const widgets = readdirSync(join(here, "src"))
  .filter((widget) => existsSync(join(here, entry(widget))))
  .sort();

const { metafile } = await build({
  // The bytes depend on nothing but the sources and esbuild's version.
  absWorkingDir: here,
  entryPoints: Object.fromEntries(widgets.map((widget) => [widget, entry(widget)])),
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
