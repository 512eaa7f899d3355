// SPDX-License-Identifier: GPL-3.0-or-later
// Embedding Atlas' UMAP: `node atlas.mjs PACKAGE N DIMS ROWS.f32 COORDS.f32`, its defaults with
// a seed; prints one line of JSON. The clock runs from the call to the last epoch.
import fs from "node:fs";
import path from "node:path";

const [folder, n, dims, from, to] = process.argv.slice(2);
const { createUMAP } = await import(path.join(folder, "dist", "umap.js"));
const bytes = fs.readFileSync(from);
const rows = new Float32Array(bytes.buffer, bytes.byteOffset, n * dims);
const cpu = process.cpuUsage();
const start = performance.now();
const umap = await createUMAP(+n, +dims, 2, rows, { metric: "euclidean", seed: 42 });
await umap.run();
const wall = (performance.now() - start) / 1000;
const spent = process.cpuUsage(cpu);
fs.writeFileSync(to, Buffer.from(new Float32Array(umap.embedding).buffer));
const version = JSON.parse(fs.readFileSync(path.join(folder, "package.json"))).version;
console.log(JSON.stringify({ wall_s: wall, cpu_s: (spent.user + spent.system) / 1e6, version }));
