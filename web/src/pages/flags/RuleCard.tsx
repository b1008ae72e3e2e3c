import { Button } from '../../kit/Button'
import { Card } from '../../kit/Card'
import { Field } from '../../kit/Field'
import type { Rule, Test } from './draft'
import { ServeField } from './ServeField'
import { TestRow } from './TestRow'
import css from './flags.module.css'

interface Props {
  nth: number
  rule: Rule
  variants: string[]
  onChange: (rule: Rule) => void
  onRemove: () => void
  onUp?: () => void
  onDown?: () => void
}

/** One rule: for whom, and what they get. */
export function RuleCard({ nth, rule, variants, onChange, onRemove, onUp, onDown }: Props) {
  const tests = rule.tests
  const put = (next: Test[]) => onChange({ ...rule, tests: next })
  return (
    <Card
      title={`Rule ${nth}`}
      actions={
        <>
          <Button kind="quiet" disabled={!onUp} onClick={onUp} aria-label={`Move rule ${nth} up`}>
            Up
          </Button>
          <Button kind="quiet" disabled={!onDown} onClick={onDown} aria-label={`Move rule ${nth} down`}>
            Down
          </Button>
          <Button kind="quiet" onClick={onRemove} aria-label={`Remove rule ${nth}`}>
            Remove
          </Button>
        </>
      }
    >
      {tests ? (
        <>
          {tests.map((test, i) => (
            <TestRow key={i} nth={nth} first={i === 0} test={test} onChange={(t) => put(tests.map((old, j) => (j === i ? t : old)))} onRemove={() => put(tests.filter((_, j) => j !== i))} />
          ))}
          <Button kind="quiet" onClick={() => put([...tests, { attribute: '', op: 'is', value: '' }])} aria-label={`And …: another condition of rule ${nth}`}>
            And …
          </Button>
        </>
      ) : (
        <p className={css.quiet}>
          Its condition has more than plain comparisons; change it in the text: <code>{JSON.stringify(rule.raw.if)}</code>
        </p>
      )}
      {rule.serve === null ? <p className={css.quiet}>Its share moves with time; change that in the text.</p> : <ServeField label="They get" serve={rule.serve} variants={variants} onChange={(serve) => onChange({ ...rule, serve })} />}
      {typeof rule.serve === 'object' && rule.serve !== null && (
        <Field label="Name of the rule" hint="A rule that splits needs one: it keeps everybody where they are when the rule moves.">
          {(id, described) => <input id={id} aria-describedby={described} value={rule.name ?? ''} onChange={(e) => onChange({ ...rule, name: e.currentTarget.value })} />}
        </Field>
      )}
    </Card>
  )
}
