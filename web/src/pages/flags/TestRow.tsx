import { Button } from '../../kit/Button'
import type { Test } from './draft'
import css from './flags.module.css'

const ops: Record<string, string> = {
  is: 'is',
  not: 'is not',
  in: 'is one of',
  not_in: 'is none of',
  contains: 'contains',
  starts: 'begins with',
  ends: 'ends with',
  above: 'is above',
  below: 'is below',
  min: 'is at least',
  max: 'is at most',
  semver: 'is a version in',
  exists: 'is there',
  has: 'has',
  matches: 'matches (server only)',
  cidr: 'is in the network (server only)',
  after: 'is after (server only)',
  before: 'is before (server only)',
  like: 'is, in any case (server only)',
}

/** One comparison: attribute, how, with what. */
export function TestRow({ nth, first, test, onChange, onRemove }: { nth: number; first: boolean; test: Test; onChange: (t: Test) => void; onRemove: () => void }) {
  const plain = test.attribute === 'segment' || test.attribute === 'share'
  return (
    <div className={css.test}>
      <span className={css.quiet}>{first ? 'if' : 'and'}</span>
      <input aria-label={`Attribute, rule ${nth}`} value={test.attribute} placeholder="country, or segment" onChange={(e) => onChange({ ...test, attribute: e.currentTarget.value })} autoCapitalize="off" spellcheck={false} />
      {!plain && (
        <select aria-label={`Comparison, rule ${nth}`} value={test.op} onChange={(e) => onChange({ ...test, op: e.currentTarget.value })}>
          {Object.entries(ops).map(([of, text]) => (
            <option key={of} value={of}>
              {text}
            </option>
          ))}
        </select>
      )}
      <input aria-label={`Value, rule ${nth}`} value={test.value} placeholder='DE, or ["DE", "AT"]' onChange={(e) => onChange({ ...test, value: e.currentTarget.value })} autoCapitalize="off" spellcheck={false} />
      <Button kind="quiet" icon="cross" aria-label={`Remove this condition of rule ${nth}`} onClick={onRemove} />
    </div>
  )
}
