import { useGet, useList } from '../../api/query'
import type { Environment } from '../../api/types'
import { count } from '../../format/number'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Button } from '../../kit/Button'
import { Command } from '../../kit/Code'
import { Empty } from '../../kit/Empty'
import { Failure } from '../../kit/Failure'
import { Loaded } from '../../kit/Loaded'
import { Loading } from '../../kit/Loading'
import { Panel } from '../../kit/Panel'
import { State } from '../../kit/State'
import { Table } from '../../kit/Table'
import css from './settings.module.css'

/** Where services run: the machine and its router, and each environment. */
export function PlacesPart() {
  return (
    <>
      <Target />
      <Environments />
    </>
  )
}

function Target() {
  const status = useGet('/status', {}, { every: 10_000 })
  return (
    <Panel title="Target">
      <Loaded query={status} what="the target">
        {(s) => (
          <dl className={css.facts}>
            <div>
              <dt>Processes on the server’s machine</dt>
              <dd>
                {s.version.system}; Davit {s.version.version}, started <Ago at={s.started} />
              </dd>
            </div>
            <div>
              <dt>Router</dt>
              <dd>
                <State of={s.router.ok ? 'ok' : 'down'} /> {s.router.url && <Command>{s.router.url}</Command>} {s.router.detail}
              </dd>
            </div>
          </dl>
        )}
      </Loaded>
    </Panel>
  )
}

function Environments() {
  const list = useList('/environments', { limit: 100 })
  const rows = list.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <Panel title="Environments" aside={<span>{rows.length > 0 && `${count(rows.length)}${list.hasNextPage ? ' shown' : ''}`}</span>} flush>
      {list.data ? (
        rows.length > 0 ? (
          <Rows rows={rows} />
        ) : (
          <Empty title="No environments yet">
            A service names its environments in its davit.yaml, below <code>environments:</code>. They come with its first push: <code>davit ship</code>.
          </Empty>
        )
      ) : list.error ? (
        <Failure error={list.error} what="the environments" again={() => void list.refetch()} />
      ) : (
        <Loading what="the environments" lines={6} />
      )}
      {list.hasNextPage && (
        <div className={css.more}>
          <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
            Show more
          </Button>
        </div>
      )}
    </Panel>
  )
}

function Rows({ rows }: { rows: Environment[] }) {
  return (
    <Table
      caption="Environments"
      rows={rows}
      rowKey={(e) => `${e.service}/${e.name}`}
      columns={[
        {
          name: 'Service',
          cell: (e) => (
            <span className={css.word}>
              <Anchor strong to={`/services/${e.service}`}>
                {e.service}
              </Anchor>
            </span>
          ),
        },
        { name: 'Environment', cell: (e) => <span className={css.word}>{e.name}</span> },
        { name: 'Health', cell: (e) => <State of={e.health} /> },
        { name: 'Reached at', cell: (e) => <span className={css.word}>{e.url ? <a href={e.url}>{e.hosts[0]}</a> : (e.hosts[0] ?? '')}</span> },
        { name: 'Strategy', cell: (e) => e.strategy },
        { name: 'Release', cell: (e) => e.release && <Anchor to={`/releases/${e.release}`}>{e.release}</Anchor> },
        { name: 'Instances ready', number: true, cell: (e) => `${e.ready} of ${e.wanted}` },
      ]}
    />
  )
}
