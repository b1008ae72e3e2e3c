import type { ReactNode } from 'preact/compat'
import css from './Rows.module.css'

/** A list whose rows are things of one kind. */
export function Rows({ children, label }: { children: ReactNode; label: string }) {
  return (
    <ul className={css.rows} aria-label={label}>
      {children}
    </ul>
  )
}

/** One row: what it is, what stands at its end, what stands below. */
export function Row({ main, aside, below }: { main: ReactNode; aside?: ReactNode; below?: ReactNode }) {
  return (
    <li>
      <div className={css.main}>{main}</div>
      <div className={css.aside}>{aside}</div>
      {below && <div className={css.below}>{below}</div>}
    </li>
  )
}
