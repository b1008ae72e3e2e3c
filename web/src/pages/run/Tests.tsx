import type { Stage } from '../../api/types'
import { count } from '../../format/number'
import { Row, Rows } from '../../kit/Rows'
import { State } from '../../kit/State'
import css from './run.module.css'

/** What the tests said: which failed and why, which were flaky. */
export function Tests({ stages }: { stages: Stage[] }) {
  const tested = stages.filter((s) => s.tests)
  return (
    <Rows label="Tests">
      {tested.map((s) => (
        <Row
          key={s.name}
          main={
            <>
              <State of={s.tests?.failed ? 'failed' : 'passed'} /> <b>{s.name}</b>
            </>
          }
          aside={`${count(s.tests?.passed ?? 0)} passed, ${count(s.tests?.failed ?? 0)} failed, ${count(s.tests?.skipped ?? 0)} skipped, ${count(s.tests?.flaky ?? 0)} flaky`}
          below={
            <>
              {s.tests?.failures?.map((f) => (
                <div key={f.name}>
                  <bdi>{f.name}</bdi>
                  {f.message && <pre className={css.message}>{f.message}</pre>}
                </div>
              ))}
              {s.tests?.flakes?.map((name) => (
                <div key={name}>
                  <bdi>{name}</bdi>: failed, then passed
                </div>
              ))}
            </>
          }
        />
      ))}
    </Rows>
  )
}
