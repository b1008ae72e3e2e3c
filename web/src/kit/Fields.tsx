import type { ReactNode } from 'preact/compat'
import css from './Form.module.css'

/** Fields of a form beside each other, as many as there is room for. */
export function Fields({ children }: { children: ReactNode }) {
  return <div className={css.fields}>{children}</div>
}
