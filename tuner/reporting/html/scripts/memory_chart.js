// One quantity over memory size: the fitted curve with its band, what was measured on top, the sizes that matter.

const USUAL_SIZES = [128, 256, 512, 1024, 2048, 4096, 10240];

/** The words above the chart; on the right half they stand left of their line. */
function sizeLabel(mb, text, row, middle, colour, weight) {
  return Plot.text([mb], {
    x: (d) => d, text: () => text, frameAnchor: "top", textAnchor: mb > middle ? "end" : "start",
    dx: mb > middle ? -5 : 5, dy: -14 - 17 * row, fill: colour, fontWeight: weight, clip: false,
  });
}

function memoryMarks(chart, name, points, curve, range) {
  const panel = chart[name];
  const span = intervalWithin(range);
  const isFront = chart.sizes.some((s) => s.front) ? (d) => d.front : () => true;
  const failed = name === "duration" ? chart.sizes.filter((s) => s.failed) : [];
  return [
    Plot.areaY(curve, { x: "mb", ...span, fill: "var(--curve)", fillOpacity: 0.2 }),
    Plot.lineY(curve, { x: "mb", y: "mean", stroke: "var(--curve)", strokeWidth: 1.75 }),
    panel.extrapolated.map((stretch) =>
      Plot.lineY(named(stretch), { x: "mb", y: "mean", stroke: "var(--curve)", strokeDasharray: "5 4" })),
    Plot.ruleX(points, { x: "mb", ...span, stroke: "var(--ink)", strokeWidth: 1.4 }),
    Plot.dot(points, {
      x: "mb", y: "mean", r: 4.5, stroke: "var(--ink)", strokeWidth: 1.5,
      fill: (d) => (isFront(d) ? "var(--ink)" : "var(--ground)"),
    }),
    Plot.dot(failed, {
      x: "mb", frameAnchor: "bottom", dy: -9, symbol: "times", r: 5, stroke: "var(--failed)", strokeWidth: 2,
    }),
  ];
}

function sizeMarks(chart, name, points, curve, sizes) {
  const { today, chosen } = chart;
  const middle = Math.sqrt(sizes[0] * sizes[1]);
  const top = name === "duration";
  const at = (mb) => points.find((p) => p.mb === mb) ?? nearest(curve, mb);
  const ring = chosen === null ? null : at(chosen);
  const same = chosen !== null && chosen === today;
  return [
    today !== null && !same && Plot.ruleX([today], { stroke: "var(--quiet)", strokeDasharray: "1.5 3" }),
    chosen !== null && Plot.ruleX([chosen], { stroke: "var(--recommended)", strokeWidth: 1.3 }),
    ring && Plot.dot([ring], { x: "mb", y: "mean", r: 9, stroke: "var(--recommended)", strokeWidth: 2.2 }),
    top && chosen !== null &&
      sizeLabel(chosen, `recommended${same ? ", as today" : ""} ${formatMemory(chosen)}`, 0, middle, "var(--recommended)", 650),
    top && today !== null && !same && sizeLabel(today, `today ${formatMemory(today)}`, 1, middle, "var(--quiet)", 400),
  ].filter(Boolean);
}

/** The curve at a size that was not measured; the band is dense. */
function nearest(curve, mb) {
  const found = curve.reduce((best, p) => (best && Math.abs(best.mb - mb) <= Math.abs(p.mb - mb) ? best : p), null);
  return found && { mb, mean: found.mean };
}

function memoryRange(chart) {
  const sizes = [...chart.sizes.map((s) => s.mb), ...chart.duration.band.map((p) => p[0]), chart.today, chart.chosen];
  for (const stretch of chart.duration.extrapolated) sizes.push(...stretch.map((p) => p[0]));
  const known = sizes.filter(Boolean);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const margin = low === high ? 1.5 : (high / low) ** 0.035;
  return [low / margin, high * margin];
}

/** The points that can be read, each with what the report says of it. */
function readable(chart, name) {
  const curve = named(chart[name].band);
  return chart.sizes.flatMap((size) => {
    const [mean, low, high] = size[name] ?? [];
    const place = size[name] ? { mb: size.mb, mean, low, high } : size.failed ? null : nearest(curve, size.mb);
    return place && Number.isFinite(place.mean) ? [{ ...size, ...place }] : [];
  });
}

const described = (d) => ({ x: d.mb, y: d.mean, lines: [d.memory, ...d.lines] });

function drawMemoryChart(chart, name, width) {
  const panel = chart[name];
  const curve = named(panel.band);
  const points = readable(chart, name);
  const measured = points.filter((p) => p.basis === "measured");
  const sizes = memoryRange(chart);
  const range = valueRange(panel.log, [...points, ...curve, ...panel.extrapolated.flatMap((stretch) => named(stretch))]);
  const wanted = [chart.chosen, chart.today, ...chart.sizes.map((s) => s.mb), ...USUAL_SIZES]
    .filter((mb) => mb && mb >= sizes[0] && mb <= sizes[1]);
  const frame = width - FRAME.marginLeft - FRAME.marginRight;
  const place = (mb) => (frame * Math.log(mb / sizes[0])) / Math.log(sizes[1] / sizes[0]);
  const isLower = name === "cost";
  const form = name === "duration" ? formatDuration : chart.relative ? formatPercent : formatUsd;
  return titled(Plot.plot({
    ...FRAME,
    width,
    height: HEIGHT,
    marginTop: isLower ? 28 : 60,
    marginBottom: isLower ? 44 : 24,
    x: {
      type: "log", domain: sizes, ticks: spacedTicks(wanted, place), tickFormat: formatCount, tickSize: 0,
      label: isLower ? "memory size [MB], log scale" : null, labelAnchor: "center", labelArrow: "none",
    },
    y: valueAxis(panel.log, range, 5, form),
    marks: [
      ...memoryMarks(chart, name, measured, curve, range),
      ...sizeMarks(chart, name, measured, curve, sizes),
      tips(points.map(described), width),
    ],
  }), panel.label);
}

/** Both panels; returns what draws them again after `chart.chosen` has changed. */
function startMemoryCharts(chart) {
  const reading = document.getElementById("reading");
  const redraws = ["duration", "cost"].map((name) => {
    const holder = document.getElementById(`${name}-chart`);
    followKeys(holder, () => readable(chart, name).map(described), reading);
    return drawAtWidth(holder, (width) => drawMemoryChart(chart, name, width));
  });
  return () => redraws.forEach((redraw) => redraw());
}
