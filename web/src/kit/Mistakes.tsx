import type { Problem } from '../api/problem'
import { Notice } from './Notice'

/** Why the server refused a form, field by field. What was typed stays. */
export function Mistakes({ of }: { of: Problem | null }) {
  if (!of) return null
  const fields = of.fields.map((f) => `${f.at ? `${f.at.replace(/^body\./, '')}: ` : ''}${f.text}`)
  return <Notice tone="bad" title={of.message} text={[...fields, of.hint].filter(Boolean).join('\n')} />
}
