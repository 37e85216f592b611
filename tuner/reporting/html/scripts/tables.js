// Tables that a click on a head sorts. Cells hold formatted quantities, so their numbers are read back.

const UNITS = { ms: 1, s: 1000 };

/** The quantity that a cell begins with, in the smallest unit of its kind; text cells compare as text. */
function quantity(text) {
  const match = /^(?:n = |≤ )?(-|−|\+)?\$?([\d,]*\.?\d+)\s?(ms|s)?\b/.exec(text);
  if (!match) return null;
  const value = Number(match[2].replaceAll(",", "")) * (UNITS[match[3]] ?? 1);
  return match[1] === "-" || match[1] === "−" ? -value : value;
}

const collator = new Intl.Collator("en");

/** Unknown goes last, whichever way a column is sorted. */
function compareCells(a, b, direction) {
  if (a.value !== null && b.value !== null) return direction * (a.value - b.value);
  if (a.value !== null || b.value !== null) return a.value === null ? 1 : -1;
  return direction * collator.compare(a.text, b.text);
}

function sortRows(table, column, direction) {
  const body = table.tBodies[0];
  const cells = [...body.rows].map((row) => {
    const text = row.cells[column].textContent.trim();
    return { row, text, value: quantity(text) };
  });
  body.append(...cells.sort((a, b) => compareCells(a, b, direction)).map((cell) => cell.row));
  for (const head of table.tHead.rows[0].cells) head.removeAttribute("aria-sort");
  table.tHead.rows[0].cells[column].setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
}

function startTables() {
  for (const table of document.querySelectorAll("table.sortable")) {
    for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      button.addEventListener("click", () =>
        sortRows(table, column, head.getAttribute("aria-sort") === "ascending" ? -1 : 1));
      head.append(button);
    }
  }
}

startTables();
