import { useId, type ReactNode } from 'preact/compat'
import css from './Panel.module.css'

/** A part of a page with a heading. flush: its rows reach its edges. */
export function Panel({ title, aside, flush, children }: { title: ReactNode; aside?: ReactNode; flush?: boolean; children: ReactNode }) {
  const id = useId()
  return (
    <section className={css.panel} aria-labelledby={id}>
      <header className={css.head}>
        <h2 id={id}>{title}</h2>
        {aside && <div className={css.aside}>{aside}</div>}
      </header>
      <div className={flush ? css.flush : css.body}>{children}</div>
    </section>
  )
}
