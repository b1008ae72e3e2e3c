import { useMemo } from 'preact/compat'
import { useGet } from '../../api/query'
import { Chart } from '../../charts/Chart'
import { digits } from '../../format/number'
import { dayAndTime } from '../../format/time'
import { serverNow } from '../../session/session'
import type { Ramp } from './RampPanel'
import { shares } from './shares'

const kinds = ['started', 'exposed', 'raised', 'lowered', 'failed', 'aborted', 'done'].map((k) => `ramp.${k}`).join(',')

/** How many users had the variant over time. */
export function RampOver({ ramp: r }: { ramp: Ramp }) {
  const told = useGet('/timeline', { service: r.service || undefined, environment: r.environment, kind: kinds, limit: 500 })
  const { xs, values } = useMemo(() => shares(r, told.data?.items ?? [], serverNow()), [r, told.data])
  if (xs.length < 2) return null
  const long = (xs.at(-1) ?? 0) - (xs[0] ?? 0) > 36_000
  return <Chart title="Share over time" unit="% of users" xs={xs} lines={[{ name: `have ${r.variant}`, token: '--new', values, fill: true }]} show={(v) => `${digits(v)} %`} showX={long ? (x) => dayAndTime(x * 1000) : undefined} height={150} top={Math.max(10, ...values)} />
}
