import type { ReactNode } from 'preact/compat'
import css from './Page.module.css'

/** The column that the parts of a page stand in. */
export function Page({ children }: { children: ReactNode }) {
  return <div className={css.page}>{children}</div>
}
