import type { Finding } from '../api/types'
import { Ago } from './Ago'
import { Empty } from './Empty'
import { Row, Rows } from './Rows'
import { State } from './State'
import css from './Findings.module.css'

/** What gates, smoke tests and the judge said, with what they based it on. */
export function Findings({ findings }: { findings: Finding[] }) {
  if (findings.length === 0) return <Empty small>No gate has said anything yet.</Empty>
  return (
    <Rows label="What the gates said">
      {findings.map((f, i) => (
        <Row
          key={i}
          main={
            <>
              <State of={f.answer} /> <b>{f.gate}</b>
            </>
          }
          aside={<Ago at={f.at} />}
          below={
            <>
              <div className={css.reason}>
                <bdi>{f.reason}</bdi>
              </div>
              {f.evidence && Object.keys(f.evidence).length > 0 && (
                <details className={css.details}>
                  <summary>Evidence</summary>
                  <dl className={css.evidence}>
                    {Object.entries(f.evidence).map(([name, value]) => (
                      <Pair key={name} name={name} value={value} />
                    ))}
                  </dl>
                </details>
              )}
            </>
          }
        />
      ))}
    </Rows>
  )
}

function Pair({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt>{name.replaceAll('_', ' ')}</dt>
      <dd>{value}</dd>
    </>
  )
}
