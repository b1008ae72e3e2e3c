import { useMemo } from 'preact/compat'
import { Chart, type Line } from '../charts/Chart'
import { digits, millis } from '../format/number'
import type { Moment } from './usePicture'
import css from './picture.module.css'

interface Props {
  moments: Moment[]
  step: number
  names: { fresh: string; stale: string }
}

const smooth = 5 // moments that a share of errors is taken over

/** Both sides over time: errors, throughput, latency. */
export function Over({ moments, step, names }: Props) {
  const xs = useMemo(() => moments.map((m) => m.at), [moments])
  const errors = useMemo(() => both(names, (side) => moments.map((_, i) => errorShare(moments, i, side))), [moments, names.fresh, names.stale])
  const rates = useMemo(() => both(names, (side) => moments.map((m) => m[side].requests / step)), [moments, step, names.fresh, names.stale])
  const p99 = useMemo(() => both(names, (side) => moments.map((m) => (m[side].requests > 0 ? m[side].p99_ms : null))), [moments, names.fresh, names.stale])
  return (
    <div className={css.three}>
      <Chart title="Errors" unit="% of requests" xs={xs} lines={errors} show={(v) => `${digits(v)} %`} top={1} />
      <Chart title="Throughput" unit="requests per second" xs={xs} lines={rates} show={(v) => `${digits(v)}/s`} />
      <Chart title="Latency, 99th percentile" unit="ms" xs={xs} lines={p99} show={millis} />
    </div>
  )
}

function both(names: Props['names'], values: (side: 'new' | 'old') => (number | null)[]): Line[] {
  return [
    { name: names.stale, token: '--old', values: values('old'), dash: true },
    { name: names.fresh, token: '--new', values: values('new') },
  ]
}

function errorShare(moments: Moment[], i: number, side: 'new' | 'old'): number | null {
  let requests = 0
  let errors = 0
  for (const m of moments.slice(Math.max(0, i - smooth + 1), i + 1)) {
    requests += m[side].requests
    errors += m[side].errors
  }
  return requests === 0 ? null : (100 * errors) / requests
}
