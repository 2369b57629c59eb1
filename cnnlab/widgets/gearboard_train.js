// A train of cogs that mesh: where each one is, how it is turned, and its outline. Lengths are in modules, the pitch
// diameter of a cog divided by its teeth.

const SLOPE = (35 * Math.PI) / 180; // of the line between two neighbours, by turns down and up
const TIP = 0.85, ROOT = 1.1; // of a tooth, outside and inside the pitch circle
const SIDES = [[-0.29, -ROOT], [-0.115, TIP], [0.115, TIP], [0.29, -ROOT]]; // of a tooth: share of the pitch, radius

// The more layers a gear turns, the larger it is.
export const teethOf = layers => 8 + 4 * Math.min(5, Math.max(1, layers));

// Cogs from left to right for these numbers of layers: { teeth, radius, x, y, way, phase }; way is the sense of rotation.
// Each one's phase puts a gap where its left neighbour has a tooth.
export function train(layers) {
  const cogs = [];
  layers.forEach((count, k) => {
    const teeth = teethOf(count), radius = teeth / 2, before = cogs.at(-1), way = k % 2 ? -1 : 1;
    if (!before) return cogs.push({ teeth, radius, x: 0, y: 0, way, phase: 0 });
    const slope = way * -SLOPE, far = before.radius + radius; // odd ones lie lower
    const meets = (before.teeth * (slope - before.phase)) / (2 * Math.PI);
    const phase = slope + Math.PI - ((2 * Math.PI) / teeth) * (0.5 - meets);
    return cogs.push({ teeth, radius, x: before.x + far * Math.cos(slope), y: before.y + far * Math.sin(slope), way, phase });
  });
  return cogs;
}

// How far a cog is turned after so many teeth: all of them turn together, whosever they are.
export const angleOf = (cog, teeth) => cog.phase + (cog.way * 2 * Math.PI * teeth) / cog.teeth;

// The outline of a cog around (0, 0).
export function outline({ teeth, radius }, angle) {
  const points = [];
  for (let k = 0; k < teeth; k++) for (const [share, height] of SIDES) {
    const turn = angle + ((k + share) * 2 * Math.PI) / teeth, r = radius + height;
    points.push([r * Math.cos(turn), r * Math.sin(turn)]);
  }
  return points;
}

// Left, right, top and bottom of all cogs, with their teeth.
export function bounds(cogs) {
  const reach = (pick, sign) => cogs.map(c => c[pick] + sign * (c.radius + TIP));
  return [Math.min(...reach("x", -1)), Math.max(...reach("x", 1)), Math.min(...reach("y", -1)), Math.max(...reach("y", 1))];
}
