const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC'

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false })
const dayFormat = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hour12: false })
const fullFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long', hour12: false })

/** The browser's time zone, by its name. */
export const timeZone = zone

/** "14:03:27" */
export function clock(at: string | number | Date): string {
  return clockFormat.format(new Date(at))
}

/** "3 Nov, 14:03" */
export function dayAndTime(at: string | number | Date): string {
  return dayFormat.format(new Date(at))
}

/** The whole date with its zone, and the same in UTC. */
export function inFull(at: string | number | Date): string {
  const date = new Date(at)
  return `${fullFormat.format(date)} (${zone})\n${date.toISOString().replace('T', ' ').replace(/\.\d+Z/, ' UTC')}`
}

/** "850 ms", "3.2 s", "4 min 5 s", "2 h 3 min", "5 d 2 h" */
export function duration(seconds: number): string {
  const s = Math.max(0, seconds)
  if (s < 0.9995) return `${Math.round(s * 1000)} ms`
  if (s < 9.95) return `${s.toFixed(1).replace('.0', '')} s`
  if (s < 59.5) return `${Math.round(s)} s`
  const whole = Math.round(s)
  if (s < 3570) return two(Math.floor(whole / 60), 'min', whole % 60, 's')
  const minutes = Math.round(s / 60)
  if (s < 86_400) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min')
  const hours = Math.round(s / 3600)
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h')
}

function two(a: number, unitA: string, b: number, unitB: string): string {
  return b === 0 ? `${a} ${unitA}` : `${a} ${unitA} ${b} ${unitB}`
}

/** "just now", "5 s ago", "3 min ago", "2 h ago", "in 4 min"; coarse on purpose. */
export function relative(at: string | number | Date, now: number): string {
  const s = (now - new Date(at).getTime()) / 1000
  if (Math.abs(s) < 2) return 'just now'
  const text = coarse(Math.abs(s))
  return s > 0 ? `${text} ago` : `in ${text}`
}

function coarse(s: number): string {
  if (s < 60) return `${Math.round(s)} s`
  if (s < 3570) return `${Math.round(s / 60)} min`
  if (s < 84_600) return `${Math.round(s / 3600)} h`
  return `${Math.round(s / 86_400)} d`
}
