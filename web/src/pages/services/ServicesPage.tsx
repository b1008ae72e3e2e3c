import { useList } from '../../api/query'
import { Button } from '../../kit/Button'
import { Empty } from '../../kit/Empty'
import { Failure } from '../../kit/Failure'
import { Loading } from '../../kit/Loading'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { ServiceTable } from './ServiceTable'

/** All services, page by page. */
export default function ServicesPage() {
  const list = useList('/services', { limit: 50 })
  const services = list.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <Page>
      <PageHead title="Services" sub="Their environments side by side, in the order a release passes them." />
      <Panel title="All services" flush>
        {list.data ? (
          services.length > 0 ? (
            <ServiceTable services={services} />
          ) : (
            <Empty title="No services yet">
              In a git repository: <code>davit init</code>, then <code>davit ship</code>.
            </Empty>
          )
        ) : list.error ? (
          <Failure error={list.error} what="the services" again={() => void list.refetch()} />
        ) : (
          <Loading what="services" lines={8} />
        )}
      </Panel>
      {list.hasNextPage && (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      )}
    </Page>
  )
}
