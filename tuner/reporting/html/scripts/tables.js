// Tables that a click on a head sorts. Cells hold formatted quantities, so their numbers are read back.

const UNITS = { ms: 1, s: 1000 };

/** The quantity that a cell begins with, in the smallest unit of its kind; text cells compare as text. */
function quantity(text) {
  const match = /^(?:n = )?(-|−|\+)?\$?([\d,]*\.?\d+)\s?(ms|s)?\b/.exec(text);
  if (!match) return null;
  const value = Number(match[2].replaceAll(",", "")) * (UNITS[match[3]] ?? 1);
  return match[1] === "-" || match[1] === "−" ? -value : value;
}

/** Unknown goes last, whichever way a column is sorted. */
function compareCells(a, b, direction) {
  const [x, y] = [quantity(a), quantity(b)];
  if (x !== null && y !== null) return direction * (x - y);
  if (x !== null || y !== null) return x === null ? 1 : -1;
  return direction * a.localeCompare(b);
}

function sortRows(table, column, direction) {
  const body = table.tBodies[0];
  const text = (row) => row.cells[column].textContent.trim();
  const rows = [...body.rows].sort((a, b) => compareCells(text(a), text(b), direction));
  body.append(...rows);
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
