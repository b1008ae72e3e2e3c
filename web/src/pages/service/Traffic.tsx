import { useMemo } from 'preact/compat'
import { useGet } from '../../api/query'
import type { Environment, Series } from '../../api/types'
import { Chart, type Line } from '../../charts/Chart'
import { digits } from '../../format/number'
import { serverNow } from '../../session/session'

const step = 15 // seconds of a point

/** Live traffic and errors of an environment by version, over the last quarter of an hour. */
export function Traffic({ environment: e }: { environment: Environment }) {
  const query = useGet('/series', { service: e.service, environment: e.name, step }, { every: step * 1000, keep: true })
  const { xs, lines, errors } = useMemo(() => linesOf(query.data?.items ?? [], e), [query.data, e.release, e.active?.release])
  if (xs.length === 0) return null
  return <Chart title="Traffic" unit="requests per second" xs={xs} lines={lines} show={(v) => `${digits(v)}/s`} height={110} note={errors} />
}

function linesOf(series: Series[], e: Environment): { xs: number[]; lines: Line[]; errors: string } {
  const whole = serverNow() / 1000 - step // a point that is still being measured would look like a fall
  const shown = series
    .map((s) => ({ ...s, points: s.points.filter((p) => p.at <= whole) }))
    .filter((s) => s.points.length > 0)
    .slice(-4)
  const xs = [...new Set(shown.flatMap((s) => s.points.map((p) => p.at)))].sort((a, b) => a - b)
  const fresh = e.active?.release ?? e.release
  const old = e.active?.from ?? (e.active ? e.release : undefined)
  const lines = shown.map((s): Line => {
    const at = new Map(s.points.map((p) => [p.at, p.requests / s.step]))
    const look = s.release === fresh ? { token: '--new' } : s.release === old ? { token: '--old', dash: true } : { token: '--ink-3', dash: 'dots' as const }
    return { name: s.release, ...look, values: xs.map((x) => at.get(x) ?? null) }
  })
  const errors = shown.map((s) => {
    const requests = s.points.reduce((n, p) => n + p.requests, 0)
    const failed = s.points.reduce((n, p) => n + p.errors, 0)
    return `${s.release}: ${requests ? digits((100 * failed) / requests) : '0'} % errors`
  })
  return { xs, lines, errors: errors.join(' · ') + ', in 15 minutes' }
}
