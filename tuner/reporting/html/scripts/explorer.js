// The controls: they read the reader's wishes, and show what the library would have answered to them.

function element(name, text, strong) {
  const made = document.createElement(name);
  if (strong) made.append(element("strong", text));
  else made.textContent = text;
  return made;
}

/** A number of an input, or null where it is empty or makes no sense. */
function numberOf(input, least) {
  const value = input.value.trim() === "" ? NaN : Number(input.value);
  return Number.isFinite(value) && value >= least ? value : null;
}

function readWishes(form) {
  const fields = form.elements;
  const increase = numberOf(fields.increase, 0);
  const limitMs = numberOf(fields.limit, 0);
  return {
    strategy: fields.strategy.value,
    weight: Number(fields.weight.value),
    statistic: fields.statistic.value,
    limitMs: limitMs || null,
    increase: increase === null ? null : increase / 100,
    volume: numberOf(fields.volume, 1),
  };
}

function showWishes(form, wishes) {
  const fields = form.elements;
  fields.strategy.value = wishes.strategy;
  fields.weight.value = wishes.weight;
  fields.statistic.value = wishes.statistic;
  fields.limit.value = wishes.limitMs ?? "";
  fields.increase.value = wishes.increase === null ? "" : Number((wishes.increase * 100).toPrecision(12));
  fields.volume.value = wishes.volume ?? "";
}

function perMonth(land, chart, choice, volume) {
  const bill = choice.billedMs === null ? null : monthlyBill(land.prices, choice.mb, choice.billedMs, volume);
  if (bill === null) return [];
  let text = `${formatUsd(bill)} at ${formatCount(volume)} invocations`;
  if (land.todayBilledMs !== null && chart.today !== choice.mb) {
    const now = monthlyBill(land.prices, chart.today, land.todayBilledMs, volume);
    if (now !== null) text += `, today ${formatUsd(now)}`;
  }
  return [["Per month", text + (land.prices.atListPrice ? ", at list price" : "")]];
}

function answerFacts(land, chart, wishes, answer) {
  const choice = land.choices[answer.column];
  const { mean: expected, bound: within } = answer.regret;
  return [
    ...choice.facts,
    ...(wishes.volume === null ? [] : perMonth(land, chart, choice, wishes.volume)),
    ["Regret", `${formatPercent(expected)} expected, within ${formatPercent(within)} with 90 % probability`],
  ];
}

/** The sizes that a bound rules out, each with its reason, folded. */
function ruledOutList(ruledOut, sizes) {
  if (!ruledOut.length) return [];
  const details = document.createElement("details");
  details.append(element("summary", `Rules out ${ruledOut.length} of ${sizes} sizes`));
  const list = document.createElement("ul");
  list.append(...ruledOut.map(([mb, why]) => element("li", `${formatMemory(mb)}: ${why}`)));
  details.append(list);
  return [details];
}

function showAnswer(land, chart, wishes, answer) {
  const sentence = document.getElementById("answer");
  const facts = document.getElementById("answer-facts");
  const found = answer.column !== null;
  sentence.replaceChildren(...(found
    ? land.choices[answer.column].answers[wishes.strategy].map(([text, strong]) => element("span", text, strong))
    : [answer.words]));
  facts.replaceChildren(...(found ? answerFacts(land, chart, wishes, answer) : []).map(([name, text]) => {
    const pair = document.createElement("div");
    pair.append(element("dt", name), element("dd", text));
    return pair;
  }));
  document.getElementById("ruled-out").replaceChildren(...ruledOutList(answer.ruledOut, land.sizes.length));
}

function startExplorer(data, chart, redraw) {
  const form = document.getElementById("explorer");
  const land = readLandscape(data);
  const weightText = document.getElementById("weight-text");
  let waiting = 0;
  const drawSoon = () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(redraw);
  };
  const update = () => {
    const wishes = readWishes(form);
    const answer = decide(land, wishes);
    weightText.textContent = `cost ${formatPercent(wishes.weight)}, duration ${formatPercent(1 - wishes.weight)}`;
    form.elements.weight.disabled = wishes.strategy !== "balanced";
    showAnswer(land, chart, wishes, answer);
    chart.chosen = answer.column === null ? null : land.sizes[answer.column];
    form.dataset.memory = chart.chosen ?? "";
    drawSoon();
  };
  form.addEventListener("input", update);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    showWishes(form, data.wishes);
    update();
  });
  showWishes(form, data.wishes);
  update();
}
