import { digits } from '../format/number'
import css from './Weight.module.css'

/** How the traffic is split between the new version and the old one. */
export function Weight({ percent, fresh, old }: { percent: number; fresh: string; old?: string }) {
  return (
    <div className={css.weight}>
      <div className={css.bar} aria-hidden="true">
        <div className={css.new} data-none={percent === 0 || undefined} style={{ width: `${percent}%` }} />
      </div>
      <div className={css.marks}>
        <span>
          <b>{digits(percent)} %</b> {fresh}
        </span>
        {old && (
          <span>
            {old} {digits(100 - percent)} %
          </span>
        )}
      </div>
    </div>
  )
}
