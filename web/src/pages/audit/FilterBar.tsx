import { useEffect, useState } from 'preact/compat'
import { Button } from '../../kit/Button'
import { Field } from '../../kit/Field'
import { filterNames, type Filters } from './filters'
import css from './audit.module.css'

const texts = [
  { name: 'service', label: 'Service', hint: 'shop' },
  { name: 'environment', label: 'Environment', hint: 'production' },
  { name: 'actor', label: 'Who', hint: 'ana' },
  { name: 'kind', label: 'Kinds, with commas', hint: 'rollout.rolled-back' },
] as const

/** Narrows the journal. kinds are those seen so far, to pick from. */
export function FilterBar({ filters, kinds, onChange }: { filters: Filters; kinds: string[]; onChange: (f: Filters) => void }) {
  const [draft, setDraft] = useState(filters)
  const key = JSON.stringify(filters)
  useEffect(() => setDraft(JSON.parse(key) as Filters), [key])
  return (
    <form
      className={css.filters}
      role="search"
      aria-label="Narrow the journal"
      onSubmit={(e) => {
        e.preventDefault()
        onChange(draft)
      }}
    >
      {texts.map(({ name, label, hint }) => (
        <Field key={name} label={label}>
          {(id) => (
            <input
              id={id}
              value={draft[name] ?? ''}
              placeholder={hint}
              list={name === 'kind' ? 'journal-kinds' : undefined}
              onChange={(e) => setDraft({ ...draft, [name]: e.currentTarget.value })}
              autoCapitalize="off"
              spellcheck={false}
            />
          )}
        </Field>
      ))}
      <Field label="Since">
        {(id) => (
          <select
            id={id}
            value={draft.since ?? ''}
            onChange={(e) => {
              const next = { ...draft, since: e.currentTarget.value }
              setDraft(next)
              onChange(next)
            }}
          >
            <option value="">the beginning</option>
            <option value="1h">an hour ago</option>
            <option value="24h">a day ago</option>
            <option value="7d">a week ago</option>
            <option value="30d">30 days ago</option>
          </select>
        )}
      </Field>
      <div className={css.buttons}>
        <Button kind="primary" type="submit">
          Show
        </Button>
        {filterNames.some((n) => filters[n]) && (
          <Button kind="quiet" onClick={() => onChange({})}>
            All
          </Button>
        )}
      </div>
      <Kinds kinds={kinds} />
    </form>
  )
}

/** Kinds seen so far, offered while one types. */
function Kinds({ kinds }: { kinds: string[] }) {
  return (
    <datalist id="journal-kinds">
      {kinds.map((k) => (
        <option key={k} value={k} />
      ))}
    </datalist>
  )
}
