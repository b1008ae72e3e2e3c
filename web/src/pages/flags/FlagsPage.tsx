import { useSearchParams } from 'wouter-preact'
import { useList } from '../../api/query'
import { Anchor } from '../../kit/Anchor'
import { Button } from '../../kit/Button'
import { Empty } from '../../kit/Empty'
import { Failure } from '../../kit/Failure'
import { Loading } from '../../kit/Loading'
import { Page } from '../../kit/Page'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { useMay } from '../../session/session'
import { FlagRow } from './FlagRow'
import css from './flags.module.css'

const views = [
  { of: '', text: 'All', params: {} },
  { of: 'stale', text: 'Should go', params: { stale: true } },
  { of: 'waiting', text: 'Wait for a yes', params: { waiting: true } },
  { of: 'drift', text: 'Differ from their file', params: { drift: true } },
]

const none: Record<string, string> = {
  stale: 'No flag is overdue, forgotten, or the same for everybody for long.',
  waiting: 'No change waits for a second person.',
  drift: 'Every flag is as its file says.',
}

/** All feature flags, with their health. */
export default function FlagsPage() {
  const [search, setSearch] = useSearchParams()
  const shown = views.find((v) => v.of === (search.get('show') ?? '')) ?? views[0]!
  const list = useList('/flags', { ...shown.params, limit: 50 })
  const flags = list.data?.pages.flatMap((p) => p.items) ?? []
  const may = useMay('deployer')
  const projects = [...new Set(flags.map((f) => f.project))]
  return (
    <Page>
      <PageHead
        title="Flags"
        sub="What is on, for whom, and what should be gone from the code by now."
        actions={
          <>
            <Anchor to="/experiments">Experiments</Anchor>
            {projects.map((p) => (
              <Anchor key={p} to={`/segments/${p}`}>
                Segments of {p}
              </Anchor>
            ))}
            {may && <Anchor to="/flags/new">Make a flag</Anchor>}
          </>
        }
      />
      <div className={css.views} role="group" aria-label="Which flags">
        {views.map((v) => (
          <Button key={v.of} kind={v === shown ? 'primary' : 'plain'} aria-pressed={v === shown} onClick={() => setSearch(v.of ? { show: v.of } : {}, { replace: true })}>
            {v.text}
          </Button>
        ))}
      </div>
      <Panel title={shown.of ? shown.text : 'All flags'} flush>
        {list.data ? (
          flags.length > 0 ? (
            <ul className={css.rows} aria-label="Flags">
              {flags.map((f) => (
                <FlagRow key={`${f.project}/${f.key}`} flag={f} />
              ))}
            </ul>
          ) : (
            <Empty title={shown.of ? 'None' : 'No flags yet'}>{none[shown.of] ?? <>Make one here, or put a <code>davit.flags.yaml</code> beside your <code>davit.yaml</code> and push.</>}</Empty>
          )
        ) : list.error ? (
          <Failure error={list.error} what="the flags" again={() => void list.refetch()} />
        ) : (
          <Loading what="flags" lines={8} />
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
