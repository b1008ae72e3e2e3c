import type { ReactNode } from 'preact/compat'
import css from './Empty.module.css'

/** There is nothing here, and what to do so that there is. */
export function Empty({ title, children, action, small }: { title?: ReactNode; children?: ReactNode; action?: ReactNode; small?: boolean }) {
  return (
    <div className={`${css.empty} ${small ? css.small : ''}`}>
      {title && <div className={css.title}>{title}</div>}
      {children && <div className={css.text}>{children}</div>}
      {action}
    </div>
  )
}
