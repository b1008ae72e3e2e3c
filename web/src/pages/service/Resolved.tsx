import { useGet } from '../../api/query'
import { duration } from '../../format/time'
import { Loaded } from '../../kit/Loaded'
import { Panel } from '../../kit/Panel'
import { Row, Rows } from '../../kit/Rows'
import css from './service.module.css'

/** The configuration as resolved, with every default, and what a push would do now. */
export function Resolved({ service }: { service: string }) {
  const plan = useGet('/services/{service}/plan', { service })
  return (
    <div className={css.two}>
      <Panel title="What a push does" flush>
        <Loaded query={plan} what="what a push would do">
          {(p) => (
            <Rows label="Stages and environments">
              {p.stages.map((s) => (
                <Row key={s.name} main={<b>{s.name}</b>} aside={`at most ${duration(s.timeout_seconds)}`} below={<>{s.runs ? s.steps.join(' · ') : `would not run: ${s.reason}`}</>} />
              ))}
              {p.environments.map((e) => (
                <Row key={`env ${e.name}`} main={<b>to {e.name}</b>} aside={e.strategy} below={e.steps.map((s) => s.name).join(' → ')} />
              ))}
            </Rows>
          )}
        </Loaded>
      </Panel>
      <Panel title="Configuration, as resolved">
        <Loaded query={plan} what="the configuration">
          {(p) => (
            <dl className={css.config}>
              <dt>queue</dt>
              <dd>{p.queue}</dd>
              <dt>package</dt>
              <dd>{p.package}</dd>
              {p.environments.flatMap((e) =>
                Object.entries(e.defaults ?? {}).map(([name, value]) => [
                  <dt key={`${e.name} ${name}`}>
                    {e.name} {name}
                  </dt>,
                  <dd key={`${e.name} ${name} v`}>{value}</dd>,
                ]),
              )}
            </dl>
          )}
        </Loaded>
      </Panel>
    </div>
  )
}
