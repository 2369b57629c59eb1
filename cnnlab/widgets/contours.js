// The contour lines of a surface over a plane, as pieces of line.

// height(x, y) is read on a grid of n × m cells; place(i, j) is the point at a corner of it. Returns a list of pieces
// [[x, y], [x, y]] for each level.
export function traceContours(height, levels, place, n, m) {
  const heights = Array.from({ length: n + 1 }, (_, i) => Array.from({ length: m + 1 }, (_, j) => height(...place(i, j))));
  return levels.map(level => traceLevel(heights, level, place));
}

// Where the heights cross a level, cell by cell: between two corners on either side of it, by their shares.
function traceLevel(heights, level, place) {
  const found = [];
  for (let i = 0; i + 1 < heights.length; i++) for (let j = 0; j + 1 < heights[i].length; j++) {
    const corners = [[i, j], [i + 1, j], [i + 1, j + 1], [i, j + 1]], crossed = [];
    corners.forEach(([a, b], k) => {
      const [c, d] = corners[(k + 1) % 4], from = heights[a][b] - level, to = heights[c][d] - level;
      if (from < 0 === to < 0) return;
      const [p, q] = [place(a, b), place(c, d)], share = from / (from - to);
      crossed.push([p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])]);
    });
    for (let k = 0; k + 1 < crossed.length; k += 2) found.push([crossed[k], crossed[k + 1]]);
  }
  return found;
}
