import { useDeferredValue, useEffect, useRef, useState } from 'preact/compat'
import { useLocation } from 'wouter-preact'
import { useGet } from '../api/query'
import { Icon } from '../kit/Icon'
import { deedEntries, foundEntries, type Entry } from './entries'
import css from './Palette.module.css'

/** Finds anything: services, commits, digests, people, flags, and what the page can do. */
export default function Palette({ onClose }: { onClose: () => void }) {
  const ref = useRef<HTMLDialogElement>(null)
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const [, go] = useLocation()
  const wanted = useDeferredValue(text.trim())
  const found = useGet('/search', { q: wanted || '-' }, { off: wanted === '', keep: true })
  const entries = [...(wanted ? foundEntries(found.data?.items ?? []) : []), ...deedEntries(wanted)]
  const chosen = Math.min(at, Math.max(0, entries.length - 1))

  useEffect(() => {
    const dialog = ref.current
    const before = document.activeElement
    dialog?.showModal()
    return () => {
      dialog?.close()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  useEffect(() => {
    document.getElementById(`palette-${chosen}`)?.scrollIntoView({ block: 'nearest' })
  }, [chosen])

  const take = (entry?: Entry) => {
    if (!entry) return
    onClose()
    if (entry.to) go(entry.to)
    else entry.run?.()
  }
  return (
    <dialog
      ref={ref}
      className={css.palette}
      aria-label="Find anything"
      onCancel={(e) => {
        e.preventDefault()
        onClose()
      }}
      onClick={(e) => {
        if (e.target === ref.current) onClose()
      }}
    >
      <input
        className={css.input}
        value={text}
        autoFocus
        maxLength={200}
        placeholder="A service, a commit, a digest, a name …"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={entries.length > 0 ? `palette-${chosen}` : undefined}
        aria-label="Find anything"
        onChange={(e) => {
          setText(e.currentTarget.value)
          setAt(0)
        }}
        onKeyDown={(e) => {
          if (e.key === 'ArrowDown') setAt(Math.min(chosen + 1, entries.length - 1))
          else if (e.key === 'ArrowUp') setAt(Math.max(chosen - 1, 0))
          else if (e.key === 'Enter') take(entries[chosen])
          else return
          e.preventDefault()
        }}
      />
      <div className={css.list} id="palette-list" role="listbox" aria-label="Found">
        {entries.map((entry, i) => (
          <div key={entry.key} role="presentation">
            {entries[i - 1]?.group !== entry.group && (
              <div className={css.group} role="presentation">
                {entry.group}
              </div>
            )}
            <div id={`palette-${i}`} role="option" aria-selected={i === chosen} className={css.item} onClick={() => take(entry)} onMouseMove={() => setAt(i)}>
              <Icon name={entry.icon} />
              <span className={css.title}>
                <bdi>{entry.title}</bdi>
              </span>
              <span className={css.detail}>{entry.detail}</span>
            </div>
          </div>
        ))}
        {wanted && !found.isFetching && entries.length === 0 && <div className={css.group}>Nothing is called that.</div>}
      </div>
      <div className={css.hint} role="status">
        {found.error ? found.error.message : 'Arrows choose, Enter opens, Escape closes.'}
      </div>
    </dialog>
  )
}
