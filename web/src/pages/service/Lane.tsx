import { useState } from 'preact/compat'
import type { Environment } from '../../api/types'
import { Anchor } from '../../kit/Anchor'
import { Button } from '../../kit/Button'
import { Commit } from '../../kit/Code'
import { State } from '../../kit/State'
import { Weight } from '../../kit/Weight'
import { useMay } from '../../session/session'
import { RollbackDialog } from './RollbackDialog'
import { Traffic } from './Traffic'
import css from './service.module.css'

/** One environment of a service: what runs there, how it does, what is coming. */
export function Lane({ environment: e }: { environment: Environment }) {
  const [back, setBack] = useState(false)
  const may = useMay('deployer')
  return (
    <section className={css.lane} aria-label={e.name}>
      <div className={css.laneHead}>
        <h2>{e.name}</h2>
        <State of={e.health} />
      </div>
      {e.release ? (
        <div>
          <div className={css.release}>
            <Anchor strong to={`/releases/${e.release}`}>
              {e.release}
            </Anchor>
          </div>
          <div className={css.small}>
            <Commit of={e.commit} /> · {e.ready} of {e.wanted} {e.wanted === 1 ? 'instance' : 'instances'} ready · by {e.strategy}
            {e.url && (
              <>
                {' · '}
                <a href={e.url} rel="noreferrer noopener" target="_blank">
                  {e.hosts[0]}
                </a>
              </>
            )}
          </div>
        </div>
      ) : (
        <div className={css.small}>Nothing runs here yet.</div>
      )}
      {e.active && (
        <div>
          <div className={css.laneHead}>
            <Anchor to={`/rollouts/${e.active.id}`}>{e.active.release} is on its way</Anchor>
            <State of={e.active.phase} />
          </div>
          <Weight percent={e.active.percent} fresh={e.active.release} old={e.active.from} />
        </div>
      )}
      {e.release && <Traffic environment={e} />}
      {(e.release || e.active) && (
        <div className={css.actions}>
          {may && e.release && e.previous.length > 0 && (
            <Button icon="back" onClick={() => setBack(true)} aria-label={`Roll back ${e.name}`}>
              Roll back
            </Button>
          )}
          <span className={css.links}>
            <Anchor to={`/services/${e.service}/${e.name}/logs`}>Logs</Anchor>
            <Anchor to={`/rollouts?service=${e.service}&environment=${e.name}`}>Rollouts</Anchor>
          </span>
        </div>
      )}
      {back && <RollbackDialog environment={e} onClose={() => setBack(false)} />}
    </section>
  )
}
