// The height of the water at an hour of the day, in metres: high water at six
// and eighteen, low water at noon and midnight.
export function height(hour) {
  const mean = 2.1, range = 1.4, period = 12;
  return mean - range * Math.cos((2 * Math.PI * hour) / period);
}
