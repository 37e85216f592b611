// A month's bill, as cost_models/pricing.py adds it up: compute by price tier, requests, storage above what is included.

function monthlyBill(prices, memoryMb, billedMs, invocations) {
  const seconds = Math.round(billedMs * invocations) / 1000;
  const gbSeconds = (memoryMb / 1024) * seconds;
  let compute = 0;
  let begin = 0;
  for (const [upTo, price] of prices.tiers) {
    const end = upTo === null ? gbSeconds : Math.min(gbSeconds, upTo);
    compute += Math.max(0, end - begin) * price;
    begin = Math.max(begin, end);
  }
  // Above its last tier a region has no known price.
  if (begin < gbSeconds) return null;
  return compute + invocations * prices.request + (prices.extraMb / 1024) * seconds * prices.ephemeral;
}
