// The formatters of tuner/units.py; a test compares the two over a grid of numbers.

/** Decimal digits as Python writes them: an exact tie goes to the even neighbour. */
function fixed(value, digits) {
  const size = Math.abs(value);
  if (size >= 1e21) return BigInt(value) + (digits ? `.${"0".repeat(digits)}` : "");
  const halves = size * 2 ** (digits + 1);
  if (halves % 2 !== 1) return value.toFixed(digits);
  const below = (halves * 5 ** digits - 1) / 2;
  return ((Math.sign(value) * (below + (below % 2))) / 10 ** digits).toFixed(digits);
}

const grouped = (text) => text.replace(/^-?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ","));

const magnitude = (value) => Math.floor(Math.log10(value));

/** Three significant digits, never in scientific notation. */
function digitsOf(value) {
  if (value === 0) return "0";
  const rounded = value < 1000 ? Number(fixed(value, Math.min(100, 2 - magnitude(value)))) : value;
  return grouped(fixed(rounded, Math.min(6, Math.max(0, 2 - magnitude(rounded)))));
}

const formatDuration = (ms) => (ms >= 999.5 ? `${digitsOf(ms / 1000)} s` : `${digitsOf(ms)} ms`);

function formatUsd(amount) {
  const sign = amount < 0 ? "-" : "";
  const size = Math.abs(amount);
  if (size === 0) return "$0.00";
  if (size >= 0.995) return `${sign}$${grouped(fixed(size, 2))}`;
  return `${sign}$${fixed(size, Math.min(100, Math.max(2, 2 - magnitude(size))))}`;
}

function formatPercent(fraction) {
  const percent = fraction * 100;
  const digits = Math.abs(percent) < 9.95 ? 1 : 0;
  const text = fixed(percent, digits);
  return `${Number(text) === 0 ? fixed(0, digits) : text.replace("-", "−")} %`;
}

const formatCount = (count) => grouped(fixed(count, 0));
const formatMemory = (mb) => `${formatCount(mb)} MB`;

/** `500 ms` for `500.0 ms`, `$0.50` for `$0.500`: for the ticks of an axis. */
function roundTick(text) {
  if (text.startsWith("$")) return text.replace(/(\.\d\d\d*?)0+$/, "$1");
  return text.includes(".") ? text.replace(/\.?0+(?= )/, "") : text;
}
