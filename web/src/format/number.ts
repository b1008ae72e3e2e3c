/** "12,345" in the browser's language. */
export function count(n: number): string {
  return new Intl.NumberFormat().format(n)
}

/** Three significant digits at most: "0.31 %", "12.5 %", "100 %". n is a share of one. */
export function percent(n: number): string {
  return `${digits(n * 100)} %`
}

/** n with three significant digits at most and no exponent. */
export function digits(n: number): string {
  if (n === 0 || !Number.isFinite(n)) return n === 0 ? '0' : '–'
  const size = Math.floor(Math.log10(Math.abs(n)))
  const text = n.toFixed(Math.min(6, Math.max(0, 2 - size)))
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** "420 µs", "12.3 ms", "1.24 s" */
export function millis(ms: number): string {
  if (ms === 0) return '0 ms'
  if (ms < 1) return `${digits(ms * 1000)} µs`
  if (ms < 1000) return `${digits(ms)} ms`
  return `${digits(ms / 1000)} s`
}

/** "512 B", "3.4 kB", "12 MB"; thousands, as registries count. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let i = 0
  let v = n
  while (v >= 1000 && i < units.length - 1) {
    v /= 1000
    i++
  }
  return `${digits(v)} ${units[i]}`
}
