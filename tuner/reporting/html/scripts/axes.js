// What the charts share: sizes of type and margin, ticks that do not touch, a tip that follows pointer and keys.

const FRAME = { marginLeft: 64, marginRight: 16, style: { fontSize: "12px", background: "none", overflow: "visible" } };
const TICK_GAP = 46;

/** The sizes to label, those first in `wanted` first, each far enough from those before it. */
function sizeTicks(wanted, scale) {
  const kept = [];
  for (const mb of new Set(wanted)) {
    if (kept.every((other) => Math.abs(scale(mb) - scale(other)) >= TICK_GAP)) kept.push(mb);
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
 * `points()` gives { x, y, words } in the pixels of the chart.
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
    const place = { clientX: left + known[at].x, clientY: top + known[at].y };
    svg.dispatchEvent(new PointerEvent("pointermove", { ...place, pointerType: "mouse", bubbles: true }));
    reading.textContent = known[at].words;
  });
}
