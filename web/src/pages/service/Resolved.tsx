import type { Answer } from '../../api/client'
import { useGet } from '../../api/query'
import { duration } from '../../format/time'
import { Empty } from '../../kit/Empty'
import { Loaded } from '../../kit/Loaded'
import { Panel } from '../../kit/Panel'
import { Row, Rows } from '../../kit/Rows'
import css from './service.module.css'

type Plan = Answer<'/services/{service}/plan'>

const most = 12 // environments told in full

/** The configuration as resolved, with every default, and what a push would do now. */
export function Resolved({ service }: { service: string }) {
  const plan = useGet('/services/{service}/plan', { service })
  return (
    <div className={css.two}>
      <Panel title="What a push does" flush>
        <Loaded query={plan} what="what a push would do">
          {(p) => (p.stages.length + p.environments.length === 0 ? <Empty small>Nothing: its davit.yaml names neither stages nor environments.</Empty> : <Push plan={p} />)}
        </Loaded>
      </Panel>
      <Panel title="Configuration, as resolved">
        <Loaded query={plan} what="the configuration">
          {(p) => <Config plan={p} />}
        </Loaded>
      </Panel>
    </div>
  )
}

function Push({ plan: p }: { plan: Plan }) {
  return (
    <Rows label="Stages and environments">
      {p.stages.map((s) => (
        <Row key={s.name} main={<b>{s.name}</b>} aside={s.timeout_seconds > 0 ? `at most ${duration(s.timeout_seconds)}` : ''} below={s.runs ? s.steps.join(' · ') : `would not run: ${s.reason}`} />
      ))}
      {p.environments.slice(0, most).map((e) => (
        <Row key={`env ${e.name}`} main={<b>to {e.name}</b>} aside={e.strategy} below={e.steps.map((s) => s.name).join(' → ')} />
      ))}
      {p.environments.length > most && <Row main={`and ${p.environments.length - most} environments more`} />}
    </Rows>
  )
}

function Config({ plan: p }: { plan: Plan }) {
  return (
    <div className={css.places}>
      <section aria-label="The service">
        <Facts
          of={[
            ['Branch', p.branch],
            ['Queue', p.queue],
            ['Package', p.package],
          ]}
        />
      </section>
      {p.environments.slice(0, most).map((e) => (
        <section key={e.name}>
          <h3>{e.name}</h3>
          <Facts
            of={[
              ['Hosts', e.hosts.join(', ')],
              ['Instances', String(e.instances)],
              ['Settles', e.settle_seconds > 0 ? `for ${duration(e.settle_seconds)}` : 'at once'],
              ...Object.entries(e.defaults ?? {}),
            ]}
          />
        </section>
      ))}
    </div>
  )
}

function Facts({ of }: { of: [string, string][] }) {
  return (
    <dl className={css.config}>
      {of
        .filter(([, value]) => value)
        .map(([name, value]) => [
          <dt key={name}>{name}</dt>,
          <dd key={`${name} v`}>
            <bdi>{value}</bdi>
          </dd>,
        ])}
    </dl>
  )
}
