import { useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'preact/compat'
import type { Loose } from '../api/client'
import { count } from '../format/number'
import { clock, timeZone } from '../format/time'
import { Button } from '../kit/Button'
import { Empty } from '../kit/Empty'
import { Icon } from '../kit/Icon'
import { LineText } from './LineText'
import { LogStore } from './LogStore'
import { readLog } from './read'
import css from './LogView.module.css'

const height = 20 // px of a row
const extra = 20 // rows drawn beyond what is seen

interface Props {
  path: string // of the API
  params: Loose
  mixed?: string // what to call lines of several sources that come in turns
  marked?: number // number of a line that a link points to
  onMark?: (line: number) => void
}

/** A log as it comes: it streams, folds, searches, and links to its lines. */
export function LogView({ path, params, mixed, marked, onMark }: Props) {
  const key = JSON.stringify([path, params])
  const store = useMemo(() => new LogStore(mixed), [key, mixed])
  useEffect(() => {
    const stop = new AbortController()
    void readLog(path, params, store, stop.signal)
    return () => stop.abort()
  }, [store])
  useSyncExternalStore(store.subscribe, () => store.version)

  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(0)
  const [size, setSize] = useState(0) // px that are seen at once
  const [tail, setTail] = useState(marked === undefined) // stays at the end while the log grows
  const [needle, setNeedle] = useState('')
  const [at, setAt] = useState(0) // which match
  const went = useRef(false) // to the marked line
  const put = useRef({ top: 0, height: 0 }) // where the end was shown last
  const rows = store.rows

  useEffect(() => {
    const node = box.current
    if (!node) return
    const resized = new ResizeObserver(() => setSize(node.clientHeight))
    resized.observe(node)
    return () => resized.disconnect()
  }, [])

  const show = (line: number) => {
    const node = box.current
    if (!node) return
    setTail(false)
    node.scrollTop = Math.max(0, store.rowOf(line) * height - node.clientHeight / 2)
  }
  const step = (by: number) => {
    const n = store.matches.length
    if (n === 0) return
    const next = (at + by + n) % n
    setAt(next)
    show(store.matches[next] ?? 0)
  }

  useLayoutEffect(() => {
    const node = box.current
    if (!node) return
    if (marked !== undefined && !went.current) {
      const i = store.indexOf(marked)
      if (i >= 0) {
        went.current = true
        show(i)
        return
      }
    }
    if (!tail) return
    // Somebody who has scrolled up since is not pulled down again by the next line.
    if (node.scrollHeight >= put.current.height && node.scrollTop < put.current.top - height) {
      setTail(false)
      return
    }
    node.scrollTop = node.scrollHeight
    put.current = { top: node.scrollTop, height: node.scrollHeight }
  })

  const visible = Math.ceil((size || 640) / height)
  const first = Math.max(0, Math.floor(top / height) - extra)
  const drawn = Math.min(rows, first + visible + 2 * extra)
  const matchNow = store.matches[at]

  return (
    <div className={css.view}>
      <div className={css.bar}>
        <input
          type="search"
          aria-label="Search the log"
          placeholder="Search the log"
          value={needle}
          onChange={(e) => {
            setNeedle(e.currentTarget.value)
            setAt(0)
            store.search(e.currentTarget.value, show)
          }}
          onKeyDown={(e) => {
            if (e.key !== 'Enter') return
            e.preventDefault()
            step(e.shiftKey ? -1 : 1)
          }}
        />
        {needle && (
          <>
            <span className={css.found} role="status">
              {store.matches.length === 0 ? (store.found ? 'not found' : 'searching') : `${count(at + 1)} of ${count(store.matches.length)}`}
            </span>
            <Button kind="quiet" aria-label="Next match" icon="down" onClick={() => step(1)} />
          </>
        )}
        {store.groups.length > 1 && (
          <Button kind="quiet" onClick={() => store.foldAll(!store.groups.every((g) => g.folded))}>
            {store.groups.every((g) => g.folded) ? 'Unfold all' : 'Fold all'}
          </Button>
        )}
        {!tail && !store.ended && (
          <Button kind="quiet" icon="down" onClick={() => setTail(true)}>
            Follow
          </Button>
        )}
        <span className={css.state}>
          {count(store.lines)} lines{store.full ? ', the first of more' : store.ended ? '' : ', streaming'} · times in {timeZone}
        </span>
      </div>
      {store.problem && <Empty small>{store.problem}</Empty>}
      {store.ended && store.lines === 0 && !store.problem && <Empty small>Nothing was written.</Empty>}
      <div
        ref={box}
        className={css.scroll}
        style={{ height: Math.max(120, Math.min(640, rows * height + 16)) }}
        tabIndex={0}
        role="log"
        aria-label="Log"
        aria-live="off"
        onScroll={(e) => {
          const node = e.currentTarget
          setTop(node.scrollTop)
          const end = node.scrollTop + node.clientHeight >= node.scrollHeight - height
          if (end !== tail && (end || node.scrollTop < top)) setTail(end)
        }}
      >
        <div className={css.all} style={{ height: rows * height }}>
          {Array.from({ length: Math.max(0, drawn - first) }, (_, k) => {
            const n = first + k
            const row = store.row(n)
            if (!row) return null
            if (row.line === undefined) {
              const { group } = row
              return (
                <button key={n} type="button" className={`${css.row} ${css.head}`} style={{ top: n * height }} aria-expanded={!group.folded} onClick={() => store.fold(group, !group.folded)}>
                  <Icon name={group.folded ? 'right' : 'down'} size={11} />
                  {group.source}
                  {group.attempt > 1 && `, attempt ${group.attempt}`}
                  <span>{count(group.to - group.from)} lines</span>
                </button>
              )
            }
            const i = row.line
            const seq = store.seqs[i] ?? 0
            const stream = store.streams[i]
            const look = [css.row, stream === 'stderr' && css.stderr, stream === 'davit' && css.davit, seq === marked && css.marked, needle && store.matched(i) && css.match, needle && i === matchNow && css.matchNow]
            return (
              <div key={n} className={look.filter(Boolean).join(' ')} style={{ top: n * height }}>
                <button type="button" tabIndex={-1} className={css.number} title={store.times[i] && clock(store.times[i] ?? '')} aria-label={`Link to line ${seq}`} disabled={!onMark} onClick={() => onMark?.(seq)}>
                  {seq}
                </button>
                {store.sources[i] !== undefined && <span className={css.source}>{store.sources[i]}</span>}
                <LineText text={store.texts[i] ?? ''} />
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}
