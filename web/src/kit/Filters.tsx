import { useSearchParams } from 'wouter-preact'
import css from './Filters.module.css'

export interface Filter {
  of: string // the parameter, in the address and of the API
  label: string
  choices?: { value: string; text: string }[] // none: people type
}

/** The order of a list that the server can give from either end. */
export const byAge: Filter = {
  of: 'sort',
  label: 'Order',
  choices: [
    { value: '', text: 'Newest first' },
    { value: 'oldest', text: 'Oldest first' },
  ],
}

/** What a list is narrowed down by, and sorted by. It stands in the address, so that it can be shared. */
export function Filters({ filters }: { filters: Filter[] }) {
  const [query, setQuery] = useSearchParams()
  const set = (of: string, value: string) =>
    setQuery(
      (before) => {
        const next = new URLSearchParams(before)
        if (value) next.set(of, value)
        else next.delete(of)
        return next
      },
      { replace: true },
    )
  return (
    <div className={css.filters} role="group" aria-label="Which, and in which order">
      {filters.map((f) =>
        f.choices ? (
          <select key={f.of} aria-label={f.label} value={query.get(f.of) ?? ''} onChange={(e) => set(f.of, e.currentTarget.value)}>
            {f.choices.map((c) => (
              <option key={c.value} value={c.value}>
                {c.text}
              </option>
            ))}
          </select>
        ) : (
          <input key={f.of} type="search" aria-label={f.label} placeholder={f.label} maxLength={63} defaultValue={query.get(f.of) ?? ''} onChange={(e) => set(f.of, e.currentTarget.value.trim())} />
        ),
      )}
    </div>
  )
}
