// SPDX-License-Identifier: GPL-3.0-or-later
// The peer's side of tests/bench/encoders: ONNX Runtime from npm, obeying the same commands as
// bench-worker.c. usage: node onnxruntime-worker.js FOLDER-WITH-node_modules
'use strict';
const fs = require('fs');
const path = require('path');
const readline = require('readline');
const {createRequire} = require('module');
const ort = createRequire(path.join(process.argv[2], 'package.json'))('onnxruntime-node');

const SIDE = 224, N_PIXELS = SIDE * SIDE * 3;
let session, texts = [], pixels = null, batches = [], vectors = [], dims = 0;

const commands = {
  // load THREADS GRAPH
  async load(threads, file) {
    const from = process.hrtime.bigint();
    if (session) await session.release();
    session = await ort.InferenceSession.create(file, {
      executionProviders: ['cpu'], graphOptimizationLevel: 'all', enableCpuMemArena: true,
      enableMemPattern: true, executionMode: 'sequential',
      intraOpNumThreads: Number(threads), interOpNumThreads: 1});
    return {load_ms: Number(process.hrtime.bigint() - from) / 1e6, version: ort.env.versions.node};
  },
  // texts FILE: ids, one text a line
  async texts(file) {
    texts = fs.readFileSync(file, 'utf8').trim().split('\n').map(l => l.split(' ').map(BigInt));
    pixels = null;
    return {items: texts.length};
  },
  // pixels FILE: float32, (n, SIDE, SIDE, 3); the graph wants channels first
  async pixels(file) {
    const data = fs.readFileSync(file);
    const hwc = new Float32Array(data.buffer, data.byteOffset, data.length / 4);
    pixels = new Float32Array(hwc.length);
    for (let i = 0; i < hwc.length; i += N_PIXELS)
      for (let c = 0; c < 3; c++)
        for (let p = 0; p < SIDE * SIDE; p++)
          pixels[i + c * SIDE * SIDE + p] = hwc[i + p * 3 + c];
    return {items: pixels.length / N_PIXELS};
  },
  // batch ORDER SIZE: feeds are made now, not while the clock runs
  async batch(order, size) {
    const n = pixels ? pixels.length / N_PIXELS : texts.length;
    const ids = [...Array(n).keys()];
    if (order === 'sorted') ids.sort((a, b) => texts[b].length - texts[a].length || a - b);
    batches = [];
    for (let i = 0; i < n; i += Number(size)) batches.push(makeBatch(ids.slice(i, i + Number(size))));
    return {batches: batches.length};
  },
  async pass() {
    const cpu = process.cpuUsage(), from = process.hrtime.bigint();
    vectors = [];
    for (const {members, feeds} of batches) {
      const {vector} = await session.run(feeds);
      dims = vector.dims[1];
      members.forEach((m, i) => { vectors[m] = vector.data.subarray(i * dims, (i + 1) * dims); });
    }
    const wall = Number(process.hrtime.bigint() - from) / 1e9, used = process.cpuUsage(cpu);
    return {wall, cpu: (used.user + used.system) / 1e6};
  },
  async latency(n) {
    const {feeds} = makeBatch([0]), times = [];
    for (let i = 0; i < Number(n); i++) {
      const from = process.hrtime.bigint();
      await session.run(feeds);
      times.push(Number(process.hrtime.bigint() - from) / 1e6);
    }
    times.sort((a, b) => a - b);
    return {median_ms: times[times.length >> 1], best_ms: times[0]};
  },
  async vectors(file) {
    const all = new Float32Array(vectors.length * dims);
    vectors.forEach((v, i) => all.set(v, i * dims));
    fs.writeFileSync(file, Buffer.from(all.buffer));
    return {rows: vectors.length, dims};
  },
  async memory() {
    const read = name => Number((fs.readFileSync('/proc/self/status', 'utf8')
      .match(new RegExp('\\n' + name + ':\\s+(\\d+)')) || [0, 0])[1]);
    return {peak_kib: read('VmHWM'), anonymous_kib: read('RssAnon'), file_kib: read('RssFile')};
  },
};

function makeBatch(members) {
  if (pixels) {
    const data = new Float32Array(members.length * N_PIXELS);
    members.forEach((m, i) => data.set(pixels.subarray(m * N_PIXELS, (m + 1) * N_PIXELS), i * N_PIXELS));
    return {members, feeds: {pixels: new ort.Tensor('float32', data, [members.length, 3, SIDE, SIDE])}};
  }
  const longest = Math.max(...members.map(m => texts[m].length));
  const ids = new BigInt64Array(members.length * longest), mask = new BigInt64Array(ids.length);
  members.forEach((m, i) => texts[m].forEach((id, j) => {
    ids[i * longest + j] = id;
    mask[i * longest + j] = 1n;
  }));
  const shape = [members.length, longest], feeds = {input_ids: new ort.Tensor('int64', ids, shape)};
  if (session.inputNames.includes('attention_mask'))
    feeds.attention_mask = new ort.Tensor('int64', mask, shape);
  return {members, feeds};
}

(async () => {
  for await (const line of readline.createInterface({input: process.stdin})) {
    const [command, ...words] = line.trim().split(' ');
    let answer;
    try {
      answer = await commands[command](...words);
    } catch (e) {
      answer = {error: String(e.message || e).split('\n')[0]};
    }
    console.log(JSON.stringify(answer));
  }
})();
