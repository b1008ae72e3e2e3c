import { useId, type ReactNode } from 'preact/compat'
import css from './Field.module.css'

/** A labelled input, with a hint that is read out with it. */
export function Field({ label, hint, children }: { label: string; hint?: ReactNode; children: (id: string, described?: string) => ReactNode }) {
  const id = useId()
  return (
    <div className={css.field}>
      <label htmlFor={id}>{label}</label>
      {children(id, hint ? `${id}-hint` : undefined)}
      {hint && (
        <div id={`${id}-hint`} className={css.hint}>
          {hint}
        </div>
      )}
    </div>
  )
}
