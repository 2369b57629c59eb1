// The loss on a plane: a cubic through the four corners of a cell of the grid, as read_plane in landscape.py.

const weights = u => [
  [2 * u * u * u - 3 * u * u + 1, u * u * u - 2 * u * u + u, -2 * u * u * u + 3 * u * u, u * u * u - u * u],
  [6 * u * u - 6 * u, 3 * u * u - 4 * u + 1, -6 * u * u + 6 * u, 3 * u * u - 2 * u],
];

const cell = (place, last) => {
  const number = Math.max(0, Math.min(last - 1, Math.floor(place)));
  return [number, place - number];
};

// Loss and both slopes at (x, y). grids: loss, slope along x, slope along y, mixed second derivative.
export function readPlane(grids, reach, x, y) {
  const last = grids[0].length - 1, gap = (2 * reach) / last;
  const [i, u] = cell((x + reach) / gap, last), [j, v] = cell((y + reach) / gap, last);
  const [across, acrossSlopes] = weights(u), [up, upSlopes] = weights(v);
  let value = 0, slopeX = 0, slopeY = 0;
  for (const p of [0, 1]) for (const q of [0, 1]) {
    const [f, alongX, alongY, mixed] = grids.map(grid => grid[i + p][j + q]);
    const fx = alongX * gap, fy = alongY * gap, fxy = mixed * gap * gap;
    const [a, b, c, d] = [across[2 * p], across[2 * p + 1], up[2 * q], up[2 * q + 1]];
    const [e, g, h, k] = [acrossSlopes[2 * p], acrossSlopes[2 * p + 1], upSlopes[2 * q], upSlopes[2 * q + 1]];
    value = value + (a * (c * f + d * fy) + b * (c * fx + d * fxy));
    slopeX = slopeX + (e * (c * f + d * fy) + g * (c * fx + d * fxy)) / gap;
    slopeY = slopeY + (a * (h * f + k * fy) + b * (h * fx + k * fxy)) / gap;
  }
  return { loss: value, x: slopeX, y: slopeY };
}
