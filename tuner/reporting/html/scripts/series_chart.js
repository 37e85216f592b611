// Series beside each other in two panels: each a colour and a shape, with intervals; a tip tells what is known at a place.

const LABEL_GAP = 60;
const FORMS = { duration: formatDuration, usd: formatUsd, percent: formatPercent };
const SHAPES = {
  o: { symbol: "circle" }, s: { symbol: "square" }, "^": { symbol: "triangle" }, D: { symbol: "diamond" },
  v: { symbol: "triangle", rotate: 180 }, P: { symbol: "cross" },
};

function seriesMarks({ colour, marker, dashed, line, points, ring }, range) {
  const span = intervalWithin(range);
  const [drawn, found] = [named(line, "x"), named(points, "x")];
  return [
    Plot.areaY(drawn, { x: "x", ...span, fill: colour, fillOpacity: 0.16 }),
    Plot.lineY(drawn, { x: "x", y: "mean", stroke: colour, strokeWidth: 1.6, strokeDasharray: dashed ? "4 3" : null }),
    Plot.ruleX(found, { x: "x", ...span, stroke: colour, strokeWidth: 1.3 }),
    Plot.dot(found, { x: "x", y: "mean", r: 4.5, fill: colour, stroke: "var(--ground)", strokeWidth: 0.8, ...SHAPES[marker] }),
    ring && Plot.dot([ring], { x: "0", y: "1", r: 9, stroke: colour, strokeWidth: 2 }),
  ];
}

function drawSeriesPanel({ axis, panels, rules }, name, width) {
  const panel = panels[name];
  const range = valueRange(panel.log, panel.series.flatMap((each) => [...named(each.line), ...named(each.points)]));
  const labels = new Map(axis.ticks);
  const scale = (axis.log ? d3.scaleLog : d3.scaleLinear)(axis.domain, [0, width - FRAME.marginLeft - FRAME.marginRight]);
  return titled(Plot.plot({
    ...FRAME,
    width,
    height: HEIGHT,
    marginTop: 28,
    marginBottom: 44,
    x: {
      type: axis.log ? "log" : "linear", domain: axis.domain, tickSize: 0,
      ticks: spacedTicks(labels.keys(), scale, LABEL_GAP), tickFormat: (at) => labels.get(at),
      label: axis.label, labelAnchor: "center", labelArrow: "none",
    },
    y: valueAxis(panel.log, range, 5, FORMS[panel.form]),
    marks: [
      Plot.ruleX(rules, { stroke: "var(--failed)", strokeDasharray: "1.5 3" }),
      ...panel.series.map((each) => seriesMarks(each, range)),
      tips(panel.readings, width),
    ],
  }), panel.label);
}

function startSeriesCharts() {
  const chart = JSON.parse(document.getElementById("data").textContent);
  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
  for (const name of Object.keys(chart.panels)) {
    const holder = document.getElementById(`${name}-chart`);
    followKeys(holder, () => chart.panels[name].readings, document.getElementById("reading"));
    drawAtWidth(holder, (width) => drawSeriesPanel(chart, name, width));
  }
}

startSeriesCharts();
