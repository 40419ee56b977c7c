// Choices that a seed determines, for documents made at random.

// mulberry32
export function makeRandom(seed) {
  let state = Number(seed) >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const below = (n) => Math.floor(random() * n);
  return {
    below,
    chance: (p) => random() < p,
    pick: (list) => list[below(list.length)],
    times: (n, make) => Array.from({ length: n }, (_, i) => make(i)),
  };
}
