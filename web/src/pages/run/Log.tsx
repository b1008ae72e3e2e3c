import { useSearchParams } from 'wouter-preact'
import type { Run } from '../../api/types'
import { LogView } from '../../logs/LogView'
import { Panel } from '../../kit/Panel'
import css from './run.module.css'

/** The log of one stage, or of all. Stage and line stand in the address, so that they can be shared. */
export function Log({ run: r }: { run: Run }) {
  const [query, setQuery] = useSearchParams()
  const stage = query.get('stage') ?? ''
  const line = Number(query.get('line')) || undefined
  const choose = (name: string) => setQuery(name ? { stage: name } : {}, { replace: true })
  return (
    <Panel
      title="Log"
      flush
      aside={
        <div className={css.tabs} role="group" aria-label="Stage">
          {['', ...r.stages.map((s) => s.name)].map((name) => (
            <button key={name} type="button" aria-pressed={stage === name} onClick={() => choose(name)}>
              {name || 'All'}
            </button>
          ))}
        </div>
      }
    >
      <LogView
        key={stage}
        path="/runs/{run}/log"
        params={{ run: r.id, stage, follow: true }}
        marked={line}
        onMark={(n) => setQuery(stage ? { stage, line: String(n) } : { line: String(n) }, { replace: true })}
      />
    </Panel>
  )
}
