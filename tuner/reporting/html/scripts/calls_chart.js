// Every invocation a dot, a row a memory size: warm calls in its upper lane, cold ones in its lower lane.

const ROW_HEIGHT = 46;
const LANES = { warm: -0.14, "left out": -0.14, failed: -0.14, cold: 0.26 };
const CALL_LOOKS = {
  warm: { fill: "var(--curve)", fillOpacity: 0.65 },
  cold: { fill: "var(--cold)", fillOpacity: 0.75 },
  "left out": { stroke: "var(--quiet)", strokeOpacity: 0.7 },
  failed: { stroke: "var(--failed)", strokeWidth: 1.6, symbol: "times" },
};

/** Dots of one kind; the golden ratio spreads neighbours over the height of the lane. */
function callDots(rows, kind) {
  return rows.flatMap((row, index) =>
    row[kind].map((ms, i) => ({ ms, at: index + LANES[kind] + (((i * 0.618034) % 1) - 0.5) * 0.24 })));
}

/** Where the words about failures cover no cold call, whose lane they share. */
function emptySide(row, least, most) {
  return row.cold.length && d3.mean(row.cold) > Math.sqrt(least * most) ? "left" : "right";
}

function drawCallsChart(calls, width) {
  const rows = calls.rows;
  const all = rows.flatMap((row) => Object.keys(LANES).flatMap((kind) => row[kind])).filter((ms) => ms > 0);
  const [least, most] = all.length ? d3.extent(all) : [1, 1];
  const isLog = most / least >= 5;
  const means = rows.flatMap((row, at) => (row.warm.length ? [{ at, ms: d3.mean(row.warm) }] : []));
  const failures = rows.flatMap((row, at) => (row.failure ? [{ at, text: row.failure, side: emptySide(row, least, most) }] : []));
  const svg = Plot.plot({
    ...FRAME,
    marginLeft: 78,
    width,
    height: rows.length * ROW_HEIGHT + 62,
    marginBottom: 44,
    x: {
      ...valueAxis(isLog, isLog ? [least / 1.15, most * 1.15] : [0, most * 1.05], width < 500 ? 3 : 6, formatDuration),
      label: "duration of one invocation", labelAnchor: "center", labelArrow: "none",
    },
    y: {
      domain: [-0.6, rows.length - 0.4], reverse: true, ticks: d3.range(rows.length), tickFormat: (i) => rows[i].memory, tickSize: 0, label: null,
    },
    marks: [
      Plot.ruleY(d3.range(1, rows.length), { y: (i) => i - 0.5, stroke: "var(--line)" }),
      ...Object.keys(CALL_LOOKS).map((kind) =>
        Plot.dot(callDots(rows, kind).filter((d) => d.ms > 0), { x: "ms", y: "at", r: 3, ...CALL_LOOKS[kind] })),
      Plot.ruleX(means, { x: "ms", y1: (d) => d.at - 0.36, y2: (d) => d.at + 0.08, stroke: "var(--ink)", strokeWidth: 2 }),
      ...["left", "right"].map((side) => Plot.text(failures.filter((d) => d.side === side), {
        y: (d) => d.at + 0.3, text: "text", frameAnchor: side, fill: "var(--failed)", stroke: "var(--ground)", strokeWidth: 4,
      })),
      Plot.tip(Object.keys(LANES).flatMap((kind) => callDots(rows, kind).map((d) => ({ ...d, kind }))), Plot.pointer({
        x: "ms", y: "at", title: (d) => `${formatDuration(d.ms)}, ${d.kind}`, maxRadius: 12,
        fill: "var(--ground)", stroke: "var(--control)",
      })),
    ],
  });
  svg.setAttribute("aria-hidden", "true");
  return svg;
}

function startCallsChart(calls) {
  drawAtWidth(document.getElementById("calls-chart"), (width) => drawCallsChart(calls, width));
}
