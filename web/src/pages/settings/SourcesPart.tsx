import { useList } from '../../api/query'
import type { Service } from '../../api/types'
import { Anchor } from '../../kit/Anchor'
import { Button } from '../../kit/Button'
import { Commit } from '../../kit/Code'
import { Copy } from '../../kit/Copy'
import { Empty } from '../../kit/Empty'
import { Failure } from '../../kit/Failure'
import { Loading } from '../../kit/Loading'
import { Panel } from '../../kit/Panel'
import { Table } from '../../kit/Table'
import css from './settings.module.css'

/** The repositories that commits come from. */
export function SourcesPart() {
  const list = useList('/services', { limit: 100 })
  const services = list.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <>
      <Panel title="Add a repository">
        <div className={css.say}>
          <p>Push to the server: a repository that is not there yet is made by the first push. The password is a token.</p>
          <Copy text={`git push ${window.location.origin}/git/NAME.git main`} />
        </div>
      </Panel>
      <Panel title="Repositories on this server" flush>
        {list.data ? (
          services.length > 0 ? (
            <Sources services={services} />
          ) : (
            <Empty title="No repositories yet">The first push brings one.</Empty>
          )
        ) : list.error ? (
          <Failure error={list.error} what="the repositories" again={() => void list.refetch()} />
        ) : (
          <Loading what="the repositories" lines={6} />
        )}
        {list.hasNextPage && (
          <div className={css.more}>
            <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
              Show more
            </Button>
          </div>
        )}
      </Panel>
    </>
  )
}

function Sources({ services }: { services: Service[] }) {
  return (
    <Table
      caption="Repositories"
      rows={services}
      rowKey={(s) => s.name}
      columns={[
        { name: 'Repository', cell: (s) => <b className={css.word}>{s.repo}</b> },
        {
          name: 'Service',
          cell: (s) => (
            <span className={css.word}>
              <Anchor to={`/services/${s.name}`}>{s.name}</Anchor>
            </span>
          ),
        },
        { name: 'Branch that deploys', cell: (s) => <bdi>{s.branch}</bdi> },
        { name: 'Folder', cell: (s) => <bdi>{s.path}</bdi> },
        { name: 'davit.yaml read at', cell: (s) => <Commit of={s.commit} /> },
        { name: 'Address', cell: (s) => <code className={css.word}>{`${window.location.origin}/git/${s.repo}.git`}</code> },
      ]}
    />
  )
}
