import type { ReactNode } from 'preact/compat'
import { Field } from './Field'

interface Props {
  label: string
  hint?: ReactNode
  wrong?: string
  value: string
  onChange: (v: string) => void
  of: { of: string; text: string }[]
  disabled?: boolean
}

/** A labelled choice of one from a few. */
export function Choice({ label, hint, wrong, value, onChange, of, disabled }: Props) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(id, described) => (
        <select id={id} aria-describedby={described} aria-invalid={wrong ? true : undefined} value={value} disabled={disabled} onChange={(e) => onChange(e.currentTarget.value)}>
          {of.map((o) => (
            <option key={o.of} value={o.of}>
              {o.text}
            </option>
          ))}
        </select>
      )}
    </Field>
  )
}
