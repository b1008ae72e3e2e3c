import type { Run } from '../../api/types'
import { Anchor } from '../../kit/Anchor'
import { Empty } from '../../kit/Empty'
import { Row, Rows } from '../../kit/Rows'
import { State } from '../../kit/State'
import { Took } from '../../kit/Took'

/** Where the release of a run stands in each environment. */
export function Deployments({ run: r }: { run: Run }) {
  if (r.deployments.length === 0) return <Empty small>{r.final ? 'It went to no environment.' : 'Its environments follow when it is packed.'}</Empty>
  return (
    <Rows label="Environments">
      {r.deployments.map((d) => (
        <Row
          key={d.environment}
          main={
            <>
              <State of={d.phase} /> {d.rollout ? <Anchor to={`/rollouts/${d.rollout}`}>{d.environment}</Anchor> : d.environment}
            </>
          }
          aside={<Took from={d.started} to={d.ended} />}
          below={d.reason && <bdi>{d.reason}</bdi>}
        />
      ))}
    </Rows>
  )
}
