// Fails where the vendored bundle is not, byte for byte, what `npm run build` makes.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "./build.mjs";

const VENDORED = process.argv[2];
if (!VENDORED) throw new Error("usage: node check.mjs FOLDER");

const fresh = await mkdtemp(join(tmpdir(), "bundle-"));
try {
  await bundle(fresh);
  const [made, kept] = [await contents(fresh), await contents(VENDORED)];
  const names = [...new Set([...made.keys(), ...kept.keys()])].sort();
  const differ = names.filter((name) => !made.get(name)?.equals(kept.get(name) ?? Buffer.alloc(0)));
  if (differ.length) {
    console.error(`${VENDORED} is not what this lock file builds: ${differ.join(", ")}. Run make frontend.`);
    process.exitCode = 1;
  }
} finally {
  await rm(fresh, { recursive: true, force: true });
}

/** @param {string} folder @returns {Promise<Map<string, Buffer>>} */
async function contents(folder) {
  const names = await readdir(folder);
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name))])));
}
