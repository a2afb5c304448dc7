// Makes the vendored bundle in the folder that is named: modules, their types, licences, and the digests of all.
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const HERE = dirname(fileURLToPath(import.meta.url));
const TYPES = ["echarts.d.ts", "echarts-heat.d.ts", "echarts-svg.d.ts"];
// Of everything whose code is in the bundle.
const LICENCES = {
  "LICENSE.echarts.txt": "echarts/LICENSE",
  "NOTICE.echarts.txt": "echarts/NOTICE",
  "LICENSE.d3.txt": "echarts/licenses/LICENSE-d3",
  "LICENSE.zrender.txt": "zrender/LICENSE",
  "LICENSE.tslib.txt": "tslib/LICENSE.txt",
};

/** @param {string} folder */
export async function bundle(folder) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await build({
    absWorkingDir: HERE,
    entryPoints: ["src/echarts.js", "src/echarts-heat.js", "src/echarts-svg.js"],
    outdir: folder,
    bundle: true,
    minify: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    chunkNames: "echarts-[name]-[hash]",
    define: { "process.env.NODE_ENV": '"production"', __DEV__: "false" },
    legalComments: "none",
    logLevel: "warning",
  });
  for (const name of TYPES) await cp(join(HERE, "src", name), join(folder, name));
  for (const [name, source] of Object.entries(LICENCES)) {
    await cp(join(HERE, "node_modules", source), join(folder, name));
  }
  await writeFile(join(folder, "SHA256SUMS"), await sums(folder));
}

/** @param {string} folder */
async function sums(folder) {
  const lines = [];
  for (const name of (await readdir(folder)).sort()) {
    const content = await readFile(join(folder, name));
    lines.push(`${createHash("sha256").update(content).digest("hex")}  ${name}\n`);
  }
  return lines.join("");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!process.argv[2]) throw new Error("usage: node build.mjs FOLDER");
  await bundle(process.argv[2]);
}
