import { count, millis, percent } from '../format/number'
import type { Drawing } from './usePicture'
import css from './picture.module.css'

type Latencies = Drawing['fresh']

const rows: { name: string; show: (l: Latencies) => string }[] = [
  { name: 'Requests', show: (l) => count(l.requests) },
  { name: 'Errors', show: (l) => `${count(l.errors)} (${l.requests ? percent(l.errors / l.requests) : '–'})` },
  { name: 'Median latency', show: (l) => millis(l.p50_ms) },
  { name: '90th percentile', show: (l) => millis(l.p90_ms) },
  { name: '99th percentile', show: (l) => millis(l.p99_ms) },
  { name: '99.9th percentile', show: (l) => millis(l.p999_ms) },
]

/** New against old in numbers, over the seconds in which both had traffic. */
export function Compare({ fresh, stale, names }: { fresh: Latencies; stale: Latencies; names: { fresh: string; stale: string } }) {
  return (
    <table className={css.compare}>
      <caption className="hidden-from-eyes">New against old</caption>
      <thead>
        <tr>
          <th scope="col">The same seconds of both</th>
          <th scope="col">
            <span className={`${css.swatch} ${css.swatchNew}`} />
            {names.fresh}
          </th>
          <th scope="col">
            <span className={css.swatch} />
            {names.stale}
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((r) => (
          <tr key={r.name}>
            <th scope="row">{r.name}</th>
            <td className={css.isNew}>{r.show(fresh)}</td>
            <td>{r.show(stale)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
