// Starts the page of one run.

function startRun() {
  const data = JSON.parse(document.getElementById("data").textContent);
  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
  const redraw = startMemoryCharts(data.chart);
  if (data.calls) startCallsChart(data.calls);
  if (data.explorer) startExplorer(data.explorer, data.chart, redraw);
}

startRun();
