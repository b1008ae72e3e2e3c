import type { ReactNode } from 'preact/compat'
import css from './More.module.css'

/** What few need, folded away. open: something in it is to be seen. */
export function More({ title, open, children }: { title: string; open?: boolean; children: ReactNode }) {
  return (
    <details className={css.more} open={open || undefined}>
      <summary>{title}</summary>
      <div>{children}</div>
    </details>
  )
}
