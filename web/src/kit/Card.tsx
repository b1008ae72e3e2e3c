import type { ReactNode } from 'preact/compat'
import css from './Card.module.css'

/** One of several things that a form lists, with what can be done with it. */
export function Card({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <li className={css.card} aria-label={title}>
      <div className={css.head}>
        <b>{title}</b>
        {actions && <div className={css.buttons}>{actions}</div>}
      </div>
      {children}
    </li>
  )
}
