import { useId, type ReactNode } from 'preact/compat'
import css from './Field.module.css'

interface Props {
  label: string
  hint?: ReactNode
  wrong?: string // what the server says is wrong with it
  children: (id: string, described?: string) => ReactNode
}

/** A labelled input, with a hint and what is wrong with it, which are read out with it. */
export function Field({ label, hint, wrong, children }: Props) {
  const id = useId()
  const described = [wrong && `${id}-wrong`, hint && `${id}-hint`].filter(Boolean).join(' ') || undefined
  return (
    <div className={css.field} data-wrong={wrong ? true : undefined}>
      <label htmlFor={id}>{label}</label>
      {children(id, described)}
      {wrong && (
        <div id={`${id}-wrong`} className={css.wrong}>
          {wrong}
        </div>
      )}
      {hint && (
        <div id={`${id}-hint`} className={css.hint}>
          {hint}
        </div>
      )}
    </div>
  )
}
