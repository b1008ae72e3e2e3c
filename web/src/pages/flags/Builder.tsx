import { useState } from 'preact/compat'
import { Button } from '../../kit/Button'
import { Empty } from '../../kit/Empty'
import { Field } from '../../kit/Field'
import { rulesOf, withState, written, type Document, type Rule, type Serve } from './draft'
import { RuleCard } from './RuleCard'
import { ServeField } from './ServeField'
import css from './flags.module.css'

/** Clicks the rules of one environment together. */
export function Builder({ doc, variants, onChange }: { doc: Document; variants: string[]; onChange: (doc: Document) => void }) {
  const names = Object.keys(doc.environments ?? {})
  const [chosen, setChosen] = useState(names.at(-1) ?? 'production')
  const state = doc.environments?.[chosen]
  const rules = rulesOf(state)
  const put = (next: Rule[]) => onChange(withState(doc, chosen, { rules: next.map(written) }))
  const moved = (i: number, by: number) => {
    const next = [...rules]
    const [rule] = next.splice(i, 1)
    if (rule) next.splice(i + by, 0, rule)
    return next
  }
  return (
    <div className={css.form}>
      <div className={css.fields}>
        <Field label="Environment">
          {(id) => (
            <select id={id} value={chosen} onChange={(e) => setChosen(e.currentTarget.value)}>
              {(names.length > 0 ? names : ['production']).map((n) => (
                <option key={n}>{n}</option>
              ))}
            </select>
          )}
        </Field>
        <Field label="The flag is">
          {(id) => (
            <select id={id} value={state?.on ? 'on' : 'off'} onChange={(e) => onChange(withState(doc, chosen, { on: e.currentTarget.value === 'on' }))}>
              <option value="on">on</option>
              <option value="off">off: everybody gets the off variant</option>
            </select>
          )}
        </Field>
      </div>
      <h3>Rules, the first that holds decides</h3>
      {rules.length === 0 && <Empty small>No rules: everybody is served alike.</Empty>}
      <ol className={css.form}>
        {rules.map((rule, i) => (
          <RuleCard
            key={i}
            nth={i + 1}
            rule={rule}
            variants={variants}
            onChange={(r) => put(rules.map((old, j) => (j === i ? r : old)))}
            onRemove={() => put(rules.filter((_, j) => j !== i))}
            onUp={i > 0 ? () => put(moved(i, -1)) : undefined}
            onDown={i < rules.length - 1 ? () => put(moved(i, 1)) : undefined}
          />
        ))}
      </ol>
      <Button onClick={() => put([...rules, { tests: [{ attribute: '', op: 'is', value: '' }], serve: variants[0] ?? 'on', raw: {} }])}>Add a rule</Button>
      {state?.ramp === undefined && <ServeField label="Everybody else gets" serve={(state?.serve as Serve | undefined) ?? ''} variants={variants} onChange={(serve) => onChange(withState(doc, chosen, { serve }))} />}
    </div>
  )
}
