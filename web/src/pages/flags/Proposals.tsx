import { useWrite } from '../../api/query'
import { Ago } from '../../kit/Ago'
import { Button } from '../../kit/Button'
import { Panel } from '../../kit/Panel'
import { useMay } from '../../session/session'
import { Mistakes } from '../../kit/Mistakes'
import type { FlagDetail } from './FlagPage'
import css from './flags.module.css'

/** Changes that wait for a second person; nothing where none does. */
export function Proposals({ flag: f }: { flag: FlagDetail }) {
  const approve = useWrite('post', '/flags/{project}/{flag}/approve')
  const may = useMay('deployer')
  if (!f.proposals || f.proposals.length === 0) return null
  const say = (hash: string, refuse: boolean) => approve.mutate({ params: { project: f.project, flag: f.key }, body: { hash, refuse } })
  return (
    <Panel title="Waits for a second person">
      <ul className={css.proposals}>
        {f.proposals.map((p) => (
          <li key={p.hash}>
            <p>
              <bdi>{p.actor}</bdi> proposed this <Ago at={p.at} />
              {p.reason && (
                <>
                  : <bdi>{p.reason}</bdi>
                </>
              )}
              . It lapses <Ago at={p.expires} />.
            </p>
            <Changes of={p.changes} />
            {may && (
              <div className={css.buttons}>
                <Button kind="primary" busy={approve.isPending} onClick={() => say(p.hash, false)}>
                  Say yes: it happens at once
                </Button>
                <Button onClick={() => say(p.hash, true)}>Turn it down</Button>
              </div>
            )}
          </li>
        ))}
      </ul>
      <Mistakes of={approve.error} />
    </Panel>
  )
}

/** In what two versions differ, line by line. */
export function Changes({ of }: { of: string[] }) {
  if (of.length === 0) return null
  return (
    <ul className={css.changes}>
      {of.map((line) => (
        <li key={line}>
          <code>{line}</code>
        </li>
      ))}
    </ul>
  )
}
