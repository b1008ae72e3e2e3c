import { lazy, Suspense, useEffect, useState } from 'preact/compat'
import { Icon } from '../kit/Icon'
import css from './Shell.module.css'

const Palette = lazy(() => import('../palette/Palette'))

/** Opens the palette: by a press here, by / or by Ctrl-K. */
export function Search() {
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const key = (e: KeyboardEvent) => {
      const typing = e.target instanceof HTMLElement && (e.target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(e.target.tagName))
      if (((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') || (e.key === '/' && !typing && !e.ctrlKey && !e.metaKey)) {
        e.preventDefault()
        setOpen(true)
      }
    }
    document.addEventListener('keydown', key)
    return () => document.removeEventListener('keydown', key)
  }, [])
  return (
    <>
      <button type="button" className={css.search} onClick={() => setOpen(true)} aria-label="Search">
        <Icon name="search" />
        <span>Search</span>
        <kbd>/</kbd>
      </button>
      {open && (
        <Suspense fallback={null}>
          <Palette onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  )
}
