import type { ReactNode } from 'preact/compat'
import type { Answer } from '../../api/client'
import { bytes, digits } from '../../format/number'
import { shortCommit, shortDigest } from '../../format/names'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Commit } from '../../kit/Code'
import { Empty } from '../../kit/Empty'
import { Findings } from '../../kit/Findings'
import { Notice } from '../../kit/Notice'
import { PageHead } from '../../kit/PageHead'
import { Panel } from '../../kit/Panel'
import { Row, Rows } from '../../kit/Rows'
import { State } from '../../kit/State'
import { Timeline } from '../../kit/Timeline'
import { Took } from '../../kit/Took'
import { Quarantine } from './Quarantine'
import css from './why.module.css'

type Why = Answer<'/why/{subject}'>

/** Why something is where it is, in the order in which one asks. */
export function Story({ why, subject }: { why: Why; subject: string }) {
  const release = why.releases.find((r) => r.id === subject) ?? why.releases.at(-1)
  const run = why.runs.at(-1)
  const title = release?.id === subject ? subject : subject.startsWith('sha256:') ? `Artifact ${shortDigest(subject)}` : why.releases.some((r) => r.id === subject) ? subject : /^[0-9a-f]+$/.test(subject) ? `Commit ${shortCommit(why.subject)}` : subject
  const service = release?.service ?? run?.service
  return (
    <>
      <PageHead
        title={title}
        crumbs={service ? [{ text: 'Services', to: '/services' }, { text: service, to: `/services/${service}` }] : [{ text: 'Services', to: '/services' }]}
        state={release?.quarantined ? <State of="failed" text="quarantined" /> : why.serving.length > 0 ? <State of="ok" text="serves" /> : undefined}
        sub={<bdi>{release?.subject ?? run?.subject}</bdi>}
        actions={release && <Quarantine release={release} />}
      />
      <p className={css.summary}>{why.summary}</p>
      {why.quarantined.map((q) => (
        <Notice key={q.digest} tone="bad" title={`Quarantined by ${q.actor}: no trigger brings it back`} text={q.reason} action={<Ago at={q.at} />} />
      ))}
      <div className={css.two}>
        <Panel title="What it is">
          <dl className={css.facts}>
            {release && (
              <>
                <dt>Artifact</dt>
                <dd>
                  <code>{release.artifact}</code>
                </dd>
                <dt>Size</dt>
                <dd>{bytes(release.bytes)}</dd>
              </>
            )}
            <dt>Commit</dt>
            <dd>
              <Commit of={release?.commit ?? run?.commit ?? why.subject} plain /> by <bdi>{release?.author ?? run?.author}</bdi>
            </dd>
            {why.runs.map((r) => (
              <Pair key={r.id} name="Run">
                <Anchor to={`/runs/${r.id}`}>{r.id}</Anchor> <State of={r.phase} />
              </Pair>
            ))}
            {release && (
              <>
                <dt>Made</dt>
                <dd>
                  <Ago at={release.created} />
                </dd>
                {Object.entries(release.configs).map(([env, digest]) => (
                  <Pair key={env} name={`Config of ${env}`}>
                    <code>{shortDigest(digest)}</code>
                  </Pair>
                ))}
              </>
            )}
          </dl>
        </Panel>
        <Panel title="Where it runs" flush>
          {why.serving.length === 0 ? (
            <Empty small>It serves nowhere now.</Empty>
          ) : (
            <Rows label="Where it runs">
              {why.serving.map((p) => (
                <Row
                  key={p.service + p.environment + p.release}
                  main={
                    <>
                      <Anchor strong to={`/services/${p.service}`}>
                        {p.service}
                      </Anchor>{' '}
                      in {p.environment}
                    </>
                  }
                  aside={`${digits(p.percent)} % of the traffic`}
                />
              ))}
            </Rows>
          )}
        </Panel>
      </div>
      <div className={css.two}>
        <Panel title="Its way" flush>
          {why.rollouts.length === 0 ? (
            <Empty small>It was rolled out nowhere yet.</Empty>
          ) : (
            <Rows label="Rollouts">
              {[...why.rollouts].reverse().map((r) => (
                <Row
                  key={r.id}
                  main={
                    <>
                      <State of={r.phase} /> <Anchor to={`/rollouts/${r.id}`}>{r.environment}</Anchor>
                    </>
                  }
                  aside={<Took from={r.created} to={r.ended} />}
                  below={[r.actor !== 'davit' && `asked for by ${r.actor}`, r.decided_by && `decided by ${r.decided_by}`, r.reason?.split('\n', 1)[0]].filter(Boolean).join(' · ')}
                />
              ))}
            </Rows>
          )}
        </Panel>
        <Panel title="Who and what let it through" flush>
          <Findings findings={[...(release?.evidence ?? []), ...why.rollouts.filter((r) => !release || r.release === release.id).flatMap((r) => r.findings)]} />
        </Panel>
      </div>
      <Panel title="What happened, oldest first" flush>
        <Timeline events={why.events} label="What happened, oldest first" />
      </Panel>
    </>
  )
}

function Pair({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  )
}
