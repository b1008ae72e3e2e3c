import { useMemo } from 'preact/compat'
import { Chart, type Line } from '../charts/Chart'
import { digits, millis } from '../format/number'
import type { Drawing } from './usePicture'

type Latencies = Drawing['fresh']

const tail = 0.0005 // share of answers left out at either end, so that the body fills the picture

/** How latencies are spread on both sides, laid over each other. */
export function Density({ fresh, stale, names }: { fresh: Latencies; stale: Latencies; names: { fresh: string; stale: string } }) {
  const { xs, lines } = useMemo(() => densities(fresh, stale, names), [fresh, stale, names.fresh, names.stale])
  return (
    <Chart
      title="Latency"
      unit="share of answers, by how long they took"
      nameX="Latency"
      xs={xs}
      lines={lines}
      show={(v) => `${digits(v)} %`}
      showX={millis}
      height={220}
      logX
      note="Over the seconds in which both had traffic."
    />
  )
}

function densities(fresh: Latencies, stale: Latencies, names: { fresh: string; stale: string }): { xs: number[]; lines: Line[] } {
  const ends = [fresh, stale].flatMap((l) => range(l))
  const low = Math.min(...ends)
  const high = Math.max(...ends)
  const lows = [...new Set([...fresh.buckets, ...stale.buckets].filter((b) => b.low_ms >= low && b.low_ms <= high).map((b) => b.low_ms || b.high_ms / 1.09))].sort((a, b) => a - b)
  const line = (l: Latencies): number[] => {
    const total = l.buckets.reduce((n, b) => n + b.count, 0)
    const at = new Map(l.buckets.map((b) => [b.low_ms || b.high_ms / 1.09, b.count]))
    return lows.map((x) => (total ? (100 * (at.get(x) ?? 0)) / total : 0))
  }
  return {
    xs: lows,
    lines: [
      { name: names.stale, token: '--old', values: line(stale), dash: true, fill: true },
      { name: names.fresh, token: '--new', values: line(fresh), fill: true },
    ],
  }
}

/** The latencies between which all but the tails lie. */
function range(l: Latencies): number[] {
  const total = l.buckets.reduce((n, b) => n + b.count, 0)
  if (total === 0) return []
  let below = 0
  let low = l.buckets[0]?.low_ms ?? 0
  let high = low
  for (const b of l.buckets) {
    if (below <= total * tail) low = b.low_ms
    below += b.count
    high = b.low_ms
    if (below >= total * (1 - tail)) break
  }
  return [low, high]
}
