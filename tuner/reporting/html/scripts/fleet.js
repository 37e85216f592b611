// Rows that a search, a flag and a confidence leave in sight; the table itself sorts.

function startFleet() {
  const form = document.querySelector(".filters");
  const [words, flag, confidence, shown] = ["words", "flag", "confidence", "shown"].map((id) => document.getElementById(id));
  const rows = [...document.getElementById("fleet").tBodies[0].rows];

  function filter() {
    const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const { words: text, flags, confidence: found } = row.dataset;
      row.hidden = !(wanted.every((word) => text.includes(word))
        && (!flag.value || flags.includes(` ${flag.value} `))
        && (!confidence.value || found === confidence.value));
      count += !row.hidden;
    }
    shown.textContent = `${count.toLocaleString("en")} of ${rows.length.toLocaleString("en")}`;
  }

  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  form.hidden = false;
  filter();
}

startFleet();
