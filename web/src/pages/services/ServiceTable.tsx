import type { Service } from '../../api/types'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { State } from '../../kit/State'
import { Table } from '../../kit/Table'
import css from './services.module.css'

const most = 6 // environments shown of one service; its own page shows all

/** Services with what runs where. */
export function ServiceTable({ services }: { services: Service[] }) {
  return (
    <Table
      caption="Services"
      rows={services}
      rowKey={(s) => s.name}
      columns={[
        {
          name: 'Service',
          cell: (s) => (
            <div className={css.name}>
              <Anchor strong to={`/services/${s.name}`}>
                {s.name}
              </Anchor>
            </div>
          ),
        },
        { name: 'Environments', cell: (s) => <Lanes service={s} /> },
        {
          name: 'Last commit',
          cell: (s) =>
            s.last_run && (
              <div className={css.subject}>
                <Anchor to={`/runs/${s.last_run.id}`} title={s.last_run.subject}>
                  <bdi>{s.last_run.subject || s.last_run.id}</bdi>
                </Anchor>
              </div>
            ),
        },
        { name: 'Its run', cell: (s) => s.last_run && <State of={s.last_run.phase} /> },
        { name: 'When', number: true, cell: (s) => <Ago at={s.last_run?.created ?? s.updated} /> },
      ]}
    />
  )
}

function Lanes({ service }: { service: Service }) {
  return (
    <div className={css.lanes}>
      {service.environments.slice(0, most).map((e) => (
        <span key={e.name} className={css.lane}>
          <span>{e.name}</span>
          {e.active ? (
            <Anchor to={`/rollouts/${e.active.id}`}>
              <State of={e.active.phase} text={`${e.active.release} ${Math.round(e.active.percent)} %`} />
            </Anchor>
          ) : (
            <State of={e.health} text={e.release || undefined} />
          )}
        </span>
      ))}
      {service.environments.length > most && <span>and {service.environments.length - most} more</span>}
    </div>
  )
}
