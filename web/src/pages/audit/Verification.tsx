import type { Answer } from '../../api/client'
import { useGet } from '../../api/query'
import { count } from '../../format/number'
import { Ago } from '../../kit/Ago'
import { Button } from '../../kit/Button'
import { Copy } from '../../kit/Copy'
import { Loaded } from '../../kit/Loaded'
import { Panel } from '../../kit/Panel'
import { State } from '../../kit/State'
import css from './audit.module.css'

type Report = Answer<'/audit/verify'>

/** Whether the journal is as it was written. The whole of it is read for that, so it is done when the page is opened and when somebody asks. */
export function Verification() {
  const query = useGet('/audit/verify', {}, {})
  return (
    <Panel
      title="Is it as it was written?"
      aside={
        <>
          {query.data && !query.isFetching && (
            <span>
              checked <Ago at={new Date(query.dataUpdatedAt).toISOString()} />
            </span>
          )}
          <Button busy={query.isFetching} onClick={() => void query.refetch()}>
            Check again
          </Button>
        </>
      }
    >
      <Loaded query={query} what="the state of the journal" lines={2}>
        {(report) => <Told report={report} />}
      </Loaded>
    </Panel>
  )
}

function Told({ report }: { report: Report }) {
  return (
    <div className={css.report}>
      <div className={css.verdict}>
        <State of={report.ok ? 'passed' : 'failed'} text={report.ok ? 'unbroken' : 'broken'} />
        <span>
          {count(report.lines)} {report.lines === 1 ? 'line' : 'lines'}, the last is number {count(report.last)}. {report.ok ? 'Every hash is right, and no line is missing.' : report.summary}
        </span>
      </div>
      {report.problems.length > 0 && (
        <ol className={css.problems}>
          {report.problems.map((p) => (
            <li key={`${p.from}-${p.fault}`}>
              <b>{p.from === p.to ? `Line ${count(p.from)}` : `Lines ${count(p.from)} to ${count(p.to)}`}</b> {p.fault}: {p.text}
            </li>
          ))}
          {report.more ? <li>and {count(report.more)} more</li> : null}
        </ol>
      )}
      {report.hash && (
        <div className={css.checkpoint}>
          <span>Keep this elsewhere: with it, anybody can prove later that the lines up to here are the same.</span>
          <Copy text={`${report.last} ${report.hash}`} />
        </div>
      )}
    </div>
  )
}
