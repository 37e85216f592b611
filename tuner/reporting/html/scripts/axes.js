// What the charts share: sizes of type and margin, ticks that do not touch, a tip that follows pointer and keys.

const FRAME = { marginLeft: 64, marginRight: 16, style: { fontSize: "12px", background: "none", overflow: "visible" } };
const TICK_GAP = 46;
const HEIGHT = 330;

/** The estimates of the data that can be drawn, their place under the name `x`. */
const named = (entries, x = "mb") =>
  entries.map(([at, mean, low, high]) => ({ [x]: at, mean, low, high })).filter((p) => Number.isFinite(p.mean) && p.mean > 0);

/** What the y axis spans; an interval that is wider than everything else runs out of the frame. */
function valueRange(isLog, points) {
  const means = points.map((p) => p.mean);
  if (!means.length) return [0, 1];
  const [least, most] = d3.extent(means);
  const highest = d3.max(points, (p) => p.high ?? p.mean);
  if (!isLog) return [0, Math.min(highest, 1.6 * most) * 1.08];
  const lowest = d3.min(points, (p) => p.low ?? p.mean);
  return [Math.max(lowest, least / 2) / 1.15, Math.min(highest, 2 * most) * 1.1];
}

/** The ends of the line or area of an interval; of a point without one both are its mean. */
function intervalWithin(range) {
  const within = (value) => Math.min(Math.max(value, range[0]), range[1]);
  return { y1: (d) => within(d.low ?? d.mean), y2: (d) => within(d.high ?? d.mean) };
}

function panelTitle(text) {
  const title = document.createElementNS("http://www.w3.org/2000/svg", "text");
  title.setAttribute("y", 13);
  title.setAttribute("text-anchor", "start");
  title.setAttribute("class", "panel-title");
  title.textContent = text;
  return title;
}

/** A chart with its title; the group around it has a name, and a table has the numbers. */
function titled(svg, text) {
  svg.setAttribute("aria-hidden", "true");
  svg.append(panelTitle(text));
  return svg;
}

/** A number and its unit stay on one line. */
const unbroken = (text) => text.replace(/(\d) (?=(?:%|ms|s|MB)(?!\w))/g, "$1\u00a0");

/** The words of the nearest of { x, y, lines }; a tip that takes half the width has room on one side of its point. */
function tips(points, width) {
  return Plot.tip(points, Plot.pointerX({
    x: "x", y: "y", title: (d) => unbroken(d.lines.join("\n")), maxRadius: 60, lineWidth: Math.min(20, width / 24 - 3),
    fill: "var(--ground)", stroke: "var(--control)", textPadding: 10, lineHeight: 1.35,
  }));
}

/** The places to label, those first in `wanted` first, each far enough from those before it. */
function spacedTicks(wanted, scale, gap = TICK_GAP) {
  const kept = [];
  for (const place of new Set(wanted)) {
    if (kept.every((other) => Math.abs(scale(place) - scale(other)) >= gap)) kept.push(place);
  }
  return kept;
}

/** Ticks of a quantity over a range; on a logarithmic axis steps of 1, 2 and 5, or 1 where there are many decades. */
function valueTicks(isLog, [low, high], count) {
  if (!isLog) return d3.ticks(low, high, count);
  const steps = Math.log10(high / low) > 3 ? [1] : [1, 2, 5];
  const decades = d3.range(Math.floor(Math.log10(low)), Math.ceil(Math.log10(high)) + 1);
  const ticks = decades.flatMap((power) => steps.map((step) => step * 10 ** power));
  return ticks.filter((tick) => tick >= low && tick <= high);
}

/** The options of an axis with lines at its ticks. */
function valueAxis(isLog, domain, count, form) {
  const ticks = valueTicks(isLog, domain, count);
  return {
    type: isLog ? "log" : "linear", domain, ticks, grid: ticks, tickSize: 0, label: null,
    tickFormat: (value) => roundTick(form(value)),
  };
}

/** Draws now, and again when the width changes; returns what draws again for another reason. */
function drawAtWidth(holder, draw) {
  let width = 0;
  const redraw = () => {
    width = holder.clientWidth;
    if (width) holder.replaceChildren(draw(width));
  };
  new ResizeObserver(() => holder.clientWidth !== width && redraw()).observe(holder);
  redraw();
  return redraw;
}

/**
 * Arrow keys move over the points as the pointer does: the chart is told of a pointer there.
 * `points()` gives { x, y, lines } in the units of its axes.
 */
function followKeys(holder, points, reading) {
  let at = -1;
  const leave = () => {
    at = -1;
    holder.querySelector("svg")?.dispatchEvent(new PointerEvent("pointerleave", { pointerType: "mouse" }));
  };
  holder.addEventListener("blur", leave);
  holder.addEventListener("keydown", (event) => {
    const known = points();
    const last = known.length - 1;
    const next = { ArrowRight: Math.min(at + 1, last), ArrowLeft: Math.max(at - 1, 0), Home: 0, End: last }[event.key];
    if (event.key === "Escape") leave();
    if (next === undefined || last < 0) return;
    event.preventDefault();
    at = next;
    const svg = holder.querySelector("svg");
    const { left, top } = svg.getBoundingClientRect();
    const { x, y, lines } = known[at];
    const place = { clientX: left + svg.scale("x").apply(x), clientY: top + svg.scale("y").apply(y) };
    svg.dispatchEvent(new PointerEvent("pointermove", { ...place, pointerType: "mouse", bubbles: true }));
    reading.textContent = lines.join(", ");
  });
}
