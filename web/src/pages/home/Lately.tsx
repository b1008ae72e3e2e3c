import { useGet } from '../../api/query'
import type { Rollout, Service } from '../../api/types'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Commit } from '../../kit/Code'
import { Empty } from '../../kit/Empty'
import { Loaded } from '../../kit/Loaded'
import { Panel } from '../../kit/Panel'
import { Row, Rows } from '../../kit/Rows'
import { serverNow } from '../../session/session'
import css from './home.module.css'

/** Asks for it; to be called before anything else has come, so that it comes along. */
export function useLately() {
  const done = useGet('/rollouts', { phase: 'done,settling', limit: 100 })
  const back = useGet('/rollouts', { phase: 'rolled-back,rolling-back,stranded', limit: 8 })
  return { done, back }
}

/** What reached the last environment today, and what was taken back and why. */
export function Lately({ services, done, back }: { services: Service[] } & ReturnType<typeof useLately>) {
  return (
    <div className={css.two}>
      <Panel title="Reached production today" flush aside={<Anchor to="/rollouts">All rollouts</Anchor>}>
        <Loaded query={done} what="what reached production">
          {(page) => <Reached rollouts={page.items.filter((r) => today(r) && isLast(r, services))} />}
        </Loaded>
      </Panel>
      <Panel title="Taken back" flush aside={<Anchor to="/runs">All runs</Anchor>}>
        <Loaded query={back} what="what was taken back">
          {(page) => <TakenBack rollouts={page.items} />}
        </Loaded>
      </Panel>
    </div>
  )
}

function today(r: Rollout): boolean {
  return new Date(r.ended ?? r.since).toDateString() === new Date(serverNow()).toDateString()
}

/** Whether it went to the last environment of its service. */
function isLast(r: Rollout, services: Service[]): boolean {
  const service = services.find((s) => s.name === r.service)
  return service ? service.environments.at(-1)?.name === r.environment : r.environment === 'production'
}

function Reached({ rollouts }: { rollouts: Rollout[] }) {
  if (rollouts.length === 0) return <Empty small>Nothing yet today.</Empty>
  return (
    <Rows label="Reached production today">
      {rollouts.slice(0, 8).map((r) => (
        <Row
          key={r.id}
          main={
            <>
              <Anchor strong to={`/rollouts/${r.id}`}>
                {r.service}
              </Anchor>{' '}
              {r.release} <Commit of={r.commit} />
            </>
          }
          aside={<Ago at={r.ended ?? r.since} />}
        />
      ))}
    </Rows>
  )
}

function TakenBack({ rollouts }: { rollouts: Rollout[] }) {
  if (rollouts.length === 0) return <Empty small>Nothing was taken back. When something is, the reason stands here.</Empty>
  return (
    <Rows label="Taken back">
      {rollouts.map((r) => (
        <Row
          key={r.id}
          main={
            <>
              <Anchor strong to={`/rollouts/${r.id}`}>
                {r.service}
              </Anchor>{' '}
              {r.release} from {r.environment}
            </>
          }
          aside={<Ago at={r.ended ?? r.since} />}
          below={firstLine(r.reason)}
        />
      ))}
    </Rows>
  )
}

function firstLine(text = ''): string {
  return text.split('\n', 1)[0] ?? ''
}
