import { Field } from './Field'

/** Asks why; the answer stands in the journal. */
export function Reason({ value, onChange, needed }: { value: string; onChange: (v: string) => void; needed?: boolean }) {
  return (
    <Field label={needed ? 'Reason' : 'Reason (may be left out)'} hint="It stands in the journal, beside your name.">
      {(id, described) => <textarea id={id} aria-describedby={described} value={value} maxLength={500} required={needed} onChange={(e) => onChange(e.currentTarget.value)} />}
    </Field>
  )
}
