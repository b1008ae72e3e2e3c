import { useGet } from '../../api/query'
import { Ago } from '../../kit/Ago'
import { Anchor } from '../../kit/Anchor'
import { Panel } from '../../kit/Panel'
import { Row, Rows } from '../../kit/Rows'
import { State } from '../../kit/State'
import { experimentAddress } from '../experiments/address'
import { phaseLook } from '../experiments/words'
import type { FlagDetail } from './FlagPage'

/** The experiments on a flag; nothing where there are none. */
export function Tried({ flag: f }: { flag: FlagDetail }) {
  const all = useGet('/experiments', { project: f.project, limit: 500 })
  const mine = all.data?.items.filter((e) => e.flag === f.key) ?? []
  if (mine.length === 0) return null
  return (
    <Panel title="Experiments" flush>
      <Rows label="Experiments on this flag">
        {mine.map((e) => (
          <Row
            key={e.name}
            main={
              <>
                <State of={phaseLook[e.phase] ?? 'pending'} text={e.phase} /> <Anchor to={experimentAddress(e.project, e.name)}>{e.name}</Anchor> in {e.environment}
              </>
            }
            aside={<Ago at={e.started ?? e.created} />}
            below={<bdi>{e.decision ? `Decided for ${e.decision.variant}: ${e.decision.reason}` : e.hypothesis}</bdi>}
          />
        ))}
      </Rows>
    </Panel>
  )
}
