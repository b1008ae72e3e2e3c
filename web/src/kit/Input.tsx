import type { InputHTMLAttributes, ReactNode } from 'preact/compat'
import { Field } from './Field'

interface Props extends Omit<InputHTMLAttributes<HTMLInputElement>, 'label' | 'value' | 'onChange'> {
  label: string
  hint?: ReactNode
  wrong?: string
  value: string
  onChange: (v: string) => void
}

/** A labelled line of text. What it takes besides are the attributes of an input. */
export function Input({ label, hint, wrong, value, onChange, ...rest }: Props) {
  return (
    <Field label={label} hint={hint} wrong={wrong}>
      {(id, described) => <input {...rest} id={id} aria-describedby={described} aria-invalid={wrong ? true : undefined} value={value} onChange={(e) => onChange(e.currentTarget.value)} />}
    </Field>
  )
}
