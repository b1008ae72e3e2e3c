import type { ReactNode } from 'preact/compat'
import css from './Form.module.css'

/** A form on a page: its parts below each other, sent without leaving the page. */
export function Form({ label, onSend, children }: { label?: string; onSend: () => void; children: ReactNode }) {
  return (
    <form
      className={css.form}
      aria-label={label}
      onSubmit={(e) => {
        e.preventDefault()
        onSend()
      }}
    >
      {children}
    </form>
  )
}
