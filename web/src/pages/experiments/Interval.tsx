import { signed } from './signed'
import css from './experiments.module.css'

/**
 * An effect as an interval around nothing: where it lies right of the middle
 * there is more of the metric, left of it less. What stands in the picture
 * stands beside it in words.
 */
export function Interval({ lift, reach, tone }: { lift: number[]; reach: number; tone: string }) {
  const [value = 0, low = 0, high = 0] = lift
  const at = (x: number) => 50 + (50 * Math.max(-reach, Math.min(reach, x))) / reach
  return (
    <div className={css.interval} data-tone={tone} role="img" aria-label={`${signed(value)}, between ${signed(low)} and ${signed(high)}`}>
      <span className={css.zero} />
      <span className={css.span} style={{ left: `${at(low)}%`, width: `${Math.max(0.6, at(high) - at(low))}%` }} />
      <span className={css.point} style={{ left: `${at(value)}%` }} />
    </div>
  )
}
