// The trained LeNet in the page: one image forwards and backwards, with a wrong gear in it where one is asked.
// trained_lenet.py has the same. A tensor is a Float64Array; its shape is in SHAPES.

export const SHAPES = {
  x: [1, 32, 32], conv1: [6, 28, 28], relu1: [6, 28, 28], pool1: [6, 14, 14],
  conv2: [16, 10, 10], relu2: [16, 10, 10], pool2: [16, 5, 5],
  fc1: [120, 1, 1], relu3: [120, 1, 1], fc2: [84, 1, 1], relu4: [84, 1, 1], logits: [10, 1, 1], p: [10, 1, 1],
};
// What can be spoiled, and in which layers.
export const GEARS = {
  "kernel turned": ["conv1", "conv2"], "= for +=": ["conv1", "conv2"],
  "no mask": ["relu1", "relu2", "relu3", "relu4"], "mean for sum": ["conv1", "conv2"],
};
// The gradients that are shown, from the loss back to x.
export const WAY = ["logits", "fc2", "fc1", "pool2", "conv2", "pool1", "conv1", "x"];
const WRONG_SHARE = 0.01, K = 5;

const bytes = text => Uint8Array.from(atob(text), c => c.charCodeAt(0));
const decoded = new WeakMap();

// Weights and images as numbers; once for each set of data.
export function decode(data) {
  if (!decoded.has(data)) {
    const w = {};
    for (const [name, text] of Object.entries(data.weights)) {
      w[name] = Float64Array.from(new Int8Array(bytes(text).buffer), n => n * data.scales[name]);
    }
    const all = bytes(data.pixels);
    const images = data.labels.map((_, k) => Float64Array.from(all.subarray(1024 * k, 1024 * (k + 1)), n => n / 255));
    decoded.set(data, { w, images, labels: data.labels, runs: new Map() });
  }
  return decoded.get(data);
}

function convolve(x, [channels, , wide], w, bias, [filters, h, width]) {
  const y = new Float64Array(filters * h * width);
  for (let f = 0; f < filters; f++) {
    y.fill(bias[f], f * h * width, (f + 1) * h * width);
    for (let c = 0; c < channels; c++) for (let u = 0; u < K; u++) for (let v = 0; v < K; v++) {
      const weight = w[((f * channels + c) * K + u) * K + v];
      for (let i = 0; i < h; i++) {
        let to = (f * h + i) * width, from = (c * wide + i + u) * wide + v;
        for (let j = 0; j < width; j++) y[to++] += weight * x[from++];
      }
    }
  }
  return y;
}

function convolveBack(dy, [filters, h, width], w, [channels, , wide], wrong) {
  const dx = new Float64Array(channels * wide * wide);
  for (let u = 0; u < K; u++) for (let v = 0; v < K; v++) for (let c = 0; c < channels; c++) {
    if (wrong === "= for +=") {
      for (let i = 0; i < h; i++) dx.fill(0, (c * wide + i + u) * wide + v, (c * wide + i + u) * wide + v + width);
    }
    for (let f = 0; f < filters; f++) {
      const [a, b] = wrong === "kernel turned" ? [K - 1 - u, K - 1 - v] : [u, v];
      const weight = w[((f * channels + c) * K + a) * K + b];
      for (let i = 0; i < h; i++) {
        let from = (f * h + i) * width, to = (c * wide + i + u) * wide + v;
        for (let j = 0; j < width; j++) dx[to++] += weight * dy[from++];
      }
    }
  }
  return dx;
}

// The number of the cell that wins each window: the first of the largest.
function winnersOf(a, [c, h, width]) {
  const won = new Int32Array(c * h * width / 4);
  for (let m = 0, k = 0; m < c; m++) for (let i = 0; i < h; i += 2) for (let j = 0; j < width; j += 2, k++) {
    const first = (m * h + i) * width + j;
    won[k] = first;
    for (const cell of [first + 1, first + width, first + width + 1]) if (a[cell] > a[won[k]]) won[k] = cell;
  }
  return won;
}

function multiply(w, x, bias) {
  return bias.map((b, o) => {
    let sum = b;
    for (let i = 0; i < x.length; i++) sum += w[o * x.length + i] * x[i];
    return sum;
  });
}

function multiplyBack(w, dy, inputs) {
  const dx = new Float64Array(inputs);
  dy.forEach((d, o) => { if (d) for (let i = 0; i < inputs; i++) dx[i] += d * w[o * inputs + i]; });
  return dx;
}

const open = z => z.map(v => Math.max(v, 0));

export function forward(x, w) {
  const a = { x }, won = {};
  for (const [k, before] of [[1, "x"], [2, "pool1"]]) {
    a[`conv${k}`] = convolve(a[before], SHAPES[before], w[`conv${k}.weight`], w[`conv${k}.bias`], SHAPES[`conv${k}`]);
    a[`relu${k}`] = open(a[`conv${k}`]);
    won[k] = winnersOf(a[`relu${k}`], SHAPES[`relu${k}`]);
    a[`pool${k}`] = Float64Array.from(won[k], cell => a[`relu${k}`][cell]);
  }
  a.fc1 = multiply(w["fc1.weight"], a.pool2, w["fc1.bias"]);
  a.relu3 = open(a.fc1);
  a.fc2 = multiply(w["fc2.weight"], a.relu3, w["fc2.bias"]);
  a.relu4 = open(a.fc2);
  a.logits = multiply(w["fc3.weight"], a.relu4, w["fc3.bias"]);
  const most = Math.max(...a.logits), raised = a.logits.map(z => Math.exp(z - most));
  const sum = raised.reduce((s, r) => s + r);
  a.p = raised.map(r => r / sum);
  return { a, won };
}

export function backward({ a, won }, label, w, gear, layer) {
  const g = {}, bias = {};
  const mask = (dy, of, relu) => (gear && layer === relu ? dy : dy.map((d, k) => (a[of][k] > 0 ? d : 0)));
  g.logits = a.p.map((p, k) => p - (k === label ? 1 : 0));
  g.relu4 = multiplyBack(w["fc3.weight"], g.logits, 84);
  g.fc2 = mask(g.relu4, "fc2", "relu4");
  g.relu3 = multiplyBack(w["fc2.weight"], g.fc2, 120);
  g.fc1 = mask(g.relu3, "fc1", "relu3");
  g.pool2 = multiplyBack(w["fc1.weight"], g.fc1, 400);
  for (const [k, before] of [[2, "pool1"], [1, "x"]]) {
    const here = `conv${k}`, wrong = gear && layer === here ? gear : "", spread = new Float64Array(a[here].length);
    won[k].forEach((cell, i) => { spread[cell] = g[`pool${k}`][i]; });
    g[`relu${k}`] = spread;
    g[here] = mask(spread, here, `relu${k}`);
    const [filters, h, width] = SHAPES[here];
    bias[here] = Array.from({ length: filters }, (_, f) => {
      const sum = g[here].subarray(f * h * width, (f + 1) * h * width).reduce((s, d) => s + d, 0);
      return wrong === "mean for sum" ? sum / (h * width) : sum;
    });
    g[before] = convolveBack(g[here], SHAPES[here], w[`${here}.weight`], SHAPES[before], wrong);
  }
  return { g, bias };
}

export const lossOf = (a, label) => -Math.log(a.p[label]);
const largest = values => values.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

// Everything about one image and one spoiled gear that does not depend on the chosen cell; kept, as it is asked often.
export function runOf(s) {
  const net = decode(s.data), gear = s.spoiled ? s.gear : "", key = `${s.digit} ${gear} ${gear && s.layer}`;
  if (!net.runs.has(key)) {
    if (net.runs.size > 60) net.runs.clear();
    const label = net.labels[s.digit], there = forward(net.images[s.digit], net.w);
    const right = backward(there, label, net.w, "", ""), back = gear ? backward(there, label, net.w, gear, s.layer) : right;
    const wrong = {}, counts = {};
    for (const name of WAY) {
      const limit = WRONG_SHARE * largest(right.g[name]);
      wrong[name] = Uint8Array.from(back.g[name], (v, k) => Math.abs(v - right.g[name][k]) > limit);
      counts[name] = wrong[name].reduce((sum, v) => sum + v, 0);
    }
    const most = Object.fromEntries([...Object.keys(there.a)].map(n => [n, largest(there.a[n])]));
    const steep = Object.fromEntries(WAY.map(n => [n, largest(right.g[n])]));
    const winners = new Uint8Array(SHAPES.conv1[0] * 28 * 28);
    there.won[1].forEach(cell => { winners[cell] = 1; });
    net.runs.set(key, { key, label, answer: there.a.p.indexOf(Math.max(...there.a.p)), ...there, g: back.g, bias: back.bias,
      winners, right: right.g, rightBias: right.bias, wrong, counts, most, steep, loss: lossOf(there.a, label), w: net.w });
  }
  return net.runs.get(key);
}

// The loss with one cell brighter by 0.01, and whether any unit opened, shut or lost its window on the way.
export function tryBrighter(s) {
  const net = decode(s.data), run = runOf(s), x = net.images[s.digit].slice(), k = 32 * s.row + s.column;
  if (run.tried?.k === k) return run.tried;
  x[k] += 0.01;
  const there = forward(x, net.w);
  const flips = ["conv1", "conv2", "fc1", "fc2"].some(n => there.a[n].some((z, k) => (z > 0) !== (run.a[n][k] > 0))) ||
    [1, 2].some(k => there.won[k].some((cell, i) => cell !== run.won[k][i] && run.a[`relu${k}`][cell] > 0));
  run.tried = { k, loss: lossOf(there.a, run.label), flips };
  return run.tried;
}
