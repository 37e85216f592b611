// The rules of tuner/recommend: eligible.py (bounds) and strategies.py (aims, regret, choice). A test drives the
// page over a grid of wishes and compares with the library.

/** The doubles of one quantity, an array of draws for each size. */
function unpack(text, sizes, draws) {
  const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return sizes.map((_, column) =>
    Float64Array.from({ length: draws }, (_, draw) => view.getFloat64(8 * (column * draws + draw), true)));
}

function readLandscape(data) {
  const open = (text) => unpack(text, data.sizes, data.draws);
  return { ...data, duration: open(data.duration), cost: open(data.cost) };
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Interpolated between the two nearest of the sorted values, as numpy does. */
function quantile(values, q) {
  const sorted = Float64Array.from(values).sort();
  const place = q * (sorted.length - 1);
  const below = Math.floor(place);
  const [a, b] = [sorted[below], sorted[Math.min(below + 1, sorted.length - 1)]];
  const part = place - below;
  return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
}

/** For each draw the least value over some columns. */
function leastByDraw(quantity, columns, draws, kept = () => true) {
  return Float64Array.from({ length: draws }, (_, draw) =>
    columns.reduce((least, c) => (kept(c, draw) ? Math.min(least, quantity[c][draw]) : least), Infinity));
}

/** A bound that draws keep or break, as `eligible.Bound`; `why` is the sentence for a column that breaks it. */
function bound(land, kept, enough, why) {
  const share = land.sizes.map((_, c) => kept[c].filter(Boolean).length / land.draws);
  return {
    kept,
    holds: share.map((s) => s >= enough),
    possible: share.map((s) => s >= 1 - Math.max(enough, land.rules.sure)),
    why,
  };
}

function latencyBound(land, { statistic, limitMs }) {
  const latency = land.duration.map((draws) => draws.map((ms) => ms * land.ratios[statistic]));
  const kept = latency.map((draws) => Array.from(draws, (ms) => ms <= limitMs));
  const limit = formatDuration(limitMs);
  return bound(land, kept, land.rules.sure, (c) =>
    `latency: ${statistic} is about ${formatDuration(quantile(latency[c], 0.5))}, not surely within ${limit}`);
}

function costBound(land, increase) {
  const least = leastByDraw(land.cost, [...land.sizes.keys()], land.draws);
  const ratio = land.cost.map((draws) => draws.map((usd, draw) => usd / least[draw]));
  const kept = ratio.map((draws) => Array.from(draws, (r) => r <= 1 + increase));
  return bound(land, kept, land.rules.likely, (c) =>
    `about ${formatPercent(quantile(ratio[c], 0.5) - 1)} dearer than the cheapest, ` +
    `above --max-cost-increase ${formatPercent(increase)}`);
}

/** What a strategy minimises first and second. */
function aims(land, wishes, inPlay) {
  const { cost, duration } = land;
  if (wishes.strategy === "speed" || (wishes.strategy === "cost" && wishes.increase !== null)) return [duration, cost];
  if (wishes.strategy === "cost") return [cost, duration];
  const largest = (quantity) => Math.max(...inPlay.map((c) => mean(quantity[c])));
  const [mostCost, mostDuration] = [largest(cost), largest(duration)];
  const weight = wishes.weight;
  const sum = cost.map((draws, c) =>
    draws.map((usd, draw) => weight * (usd / mostCost) + (1 - weight) * (duration[c][draw] / mostDuration)));
  return [sum, duration];
}

/** The column a strategy picks among `known`, with what it may lose against each draw's best. */
function choose(land, wishes, bounds, inPlay, known) {
  const { rules, draws } = land;
  const [first, second] = aims(land, wishes, inPlay);
  const best = leastByDraw(first, inPlay, draws, (c, draw) => bounds.every((b) => b.kept[c][draw]));
  const least = leastByDraw(second, inPlay, draws);
  const worth = rules.worth[wishes.strategy] * rules.regretTarget;
  const regret = (c) => first[c].map((value, draw) => Math.max(value / best[draw] - 1, 0));
  const loss = new Map(known.map((c) => [c, mean(regret(c).map((lost, draw) =>
    lost + worth * Math.max(Math.log2(second[c][draw] / least[draw]), 0)))]));
  let column = known.reduce((a, b) => (loss.get(b) < loss.get(a) ? b : a));
  const { today } = land;
  if (loss.has(today) && loss.get(today) <= loss.get(column) + rules.keepCurrent * rules.regretTarget) column = today;
  const lost = regret(column);
  const expected = mean(lost);
  return { column, regret: { mean: expected, bound: Math.max(expected, quantile(lost, rules.regretBound)) } };
}

/** Why there is no answer, in the words of the library. */
function noAnswer(land, wishes, ruledOut, tooSlow) {
  if (tooSlow.length) {
    const { statistic, limitMs } = wishes;
    const sure = (c) => quantile(land.duration[c].map((ms) => ms * land.ratios[statistic]), land.rules.sure);
    const best = tooSlow.reduce((a, b) => (sure(b) < sure(a) ? b : a));
    return `No memory size keeps ${statistic} within ${formatDuration(limitMs)}. The nearest is ` +
      `${formatMemory(land.sizes[best])}: ${statistic} within ${formatDuration(sure(best))} ` +
      `at ${formatUsd(mean(land.cost[best]) * 1e6)} per million.`;
  }
  const [mb, why] = [...ruledOut].sort((a, b) => a[0] - b[0]).at(-1);
  return `No measured memory size may be recommended. ${formatMemory(mb)}: ${why}.`;
}

/**
 * The answer to wishes { strategy, weight, statistic, limitMs, increase }; the last two may be null.
 * `column` is null where there is none, and `words` says why; `ruledOut` lists [size, reason].
 */
function decide(land, wishes) {
  const bounds = [];
  if (wishes.limitMs !== null) bounds.push(latencyBound(land, wishes));
  if (wishes.increase !== null) bounds.push(costBound(land, wishes.increase));
  const columns = [...land.sizes.keys()];
  const allowed = columns.filter((c) => bounds.every((b) => b.holds[c]));
  const inPlay = columns.filter((c) => bounds.every((b) => b.possible[c]));
  const broken = columns.filter((c) => !allowed.includes(c));
  const ruledOut = broken.map((c) => [land.sizes[c], bounds.find((b) => !b.holds[c]).why(c)]);
  if (!allowed.length) {
    const tooSlow = wishes.limitMs === null ? [] : broken.filter((c) => !bounds[0].holds[c]);
    return { column: null, ruledOut, words: noAnswer(land, wishes, [...land.rejected, ...ruledOut], tooSlow) };
  }
  const known = allowed.filter((c) => land.choices[c]);
  if (!known.length) {
    const [low, high] = [allowed[0], allowed.at(-1)].map((c) => formatMemory(land.sizes[c]));
    const words = `Sizes from ${low} to ${high} would satisfy the constraints, but none of them was measured.`;
    return { column: null, ruledOut, words };
  }
  return { ruledOut, ...choose(land, wishes, bounds, inPlay, known) };
}
