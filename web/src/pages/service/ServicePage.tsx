import { useGet } from '../../api/query'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Commit } from '../../kit/Code'
import { Empty } from '../../kit/Empty'
import { Loaded } from '../../kit/Loaded'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { Commits } from './Commits'
import { Flags } from './Flags'
import { Lane } from './Lane'
import { People } from './People'
import { Resolved } from './Resolved'
import css from './service.module.css'

const most = 60 // environments shown at once

/** A service: its environments side by side, and the way of its commits across them. */
export default function ServicePage({ service = '' }: { service?: string }) {
  const query = useGet('/services/{service}', { service }, { every: 5000 })
  const runs = useGet('/runs', { service, limit: 25 })
  return (
    <Page>
      <Loaded query={query} what={`the service ${service}`} lines={8}>
        {(s) => (
          <>
            <PageHead
              title={s.name}
              crumbs={[{ text: 'Services', to: '/services' }]}
              sub={
                <>
                  {s.owner && (
                    <>
                      Owner <bdi>{s.owner}</bdi> ·{' '}
                    </>
                  )}
                  Branch <bdi>{s.branch}</bdi> of {s.repo}
                  {s.path && s.path !== '.' && <>, folder {s.path}</>} · <code>davit.yaml</code> as of <Commit of={s.commit} /> · changed <Ago at={s.updated} />
                  <People runs={runs.data?.items ?? []} />
                </>
              }
            />
            {s.environments.length === 0 && <Empty title="No environments">Its davit.yaml names none: its commits are built and tested, and go nowhere.</Empty>}
            <div className={css.lanes}>
              {s.environments.slice(0, most).map((e) => (
                <Lane key={e.name} environment={e} />
              ))}
            </div>
            {s.environments.length > most && <Empty small>and {s.environments.length - most} more environments: davit status {s.name} lists all</Empty>}
            <Panel title="The way of its commits" flush aside={<Anchor to={`/runs?service=${s.name}`}>All runs</Anchor>}>
              <Loaded query={runs} what="its commits">
                {(page) => <Commits runs={page.items} environments={s.environments.map((e) => e.name)} />}
              </Loaded>
            </Panel>
            <Flags project={s.name} />
            <Resolved service={s.name} />
          </>
        )}
      </Loaded>
    </Page>
  )
}
